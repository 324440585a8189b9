package load

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// checkTime bounds the check; a database that is only just back gets that long.
const checkTime = 30 * time.Second

// missingMost is how many users a result names.
const missingMost = 10

// selectOurs reads the live contacts of one run, by what their Call-IDs begin
// with. 0 is the expiration_time of permanent ones.
const selectOurs = `SELECT /* registrard:load_check */ call_id, max(cseq)::bigint FROM ps_contacts
WHERE starts_with(call_id, $1) AND (expiration_time = 0 OR expiration_time > date_part('epoch', clock_timestamp()))
GROUP BY call_id`

// check looks into ps_contacts for what was acknowledged, and fills in Found
// and Missing. A user is found when a live contact has its Call-ID and no older
// CSeq than the one that a 200 was the answer to. The error never holds the
// password of dsn.
func (r *Result) check(ctx context.Context, dsn string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var there map[uint32]int64
	for {
		var err error
		if there, err = r.read(ctx, dsn); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("checking the acknowledged users: %w", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
	found := 0
	r.Missing = nil
	for number, cseq := range r.acknowledged {
		at, is := there[number]
		if is && at >= int64(cseq) {
			found++
			continue
		}
		if len(r.Missing) < missingMost {
			why := "no live contact"
			if is {
				why = fmt.Sprintf("found CSeq %d, acknowledged %d", at, cseq)
			}
			r.Missing = append(r.Missing, fmt.Sprintf("user number %d (%s)", number, why))
		}
	}
	r.Found = &found
	return nil
}

func (r *Result) read(ctx context.Context, dsn string) (map[uint32]int64, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, selectOurs, r.callIDs+"-")
	if err != nil {
		return nil, err
	}
	there := map[uint32]int64{}
	ids := pieces{run: r.callIDs}
	var callID string
	var cseq int64
	_, err = pgx.ForEachRow(rows, []any{&callID, &cseq}, func() error {
		if number, ok := ids.userOf([]byte(callID)); ok {
			there[number] = cseq
		}
		return nil
	})
	return there, err
}
