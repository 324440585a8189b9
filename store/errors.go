package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrUnavailable is what every failure of the database is (errors.Is): it
// didn't answer, refused, is read-only, or did not confirm a commit. It never
// means that a row is absent.
var ErrUnavailable = errors.New("the database is unavailable")

// ErrUnknownOutcome is ErrUnavailable after COMMIT was sent: the rows may be
// there or not. The phone repeats, and the write is idempotent.
var ErrUnknownOutcome = fmt.Errorf("%w: the outcome of the commit is unknown", ErrUnavailable)

// ErrData says that the database refused the values of one change; nothing of
// it was written.
var ErrData = errors.New("the database refused the values")

// errStale says that the server is a standby, or was demoted: what it answers
// may be old.
var errStale = fmt.Errorf("%w: the server is in recovery, a standby or a demoted primary", ErrUnavailable)

// class is what an error means for whoever has to go on.
type class uint8

const (
	classUnavailable class = iota // the server, the way to it, or its schema
	classReadOnly                 // unavailable, and the connection is good for nothing
	classRetry                    // nothing was written; the same again may work
	classData                     // the values of one change
)

// classify says what err means. What is not known is unavailable: a phone that
// is told 503 comes back, one that is told 4xx may not.
func classify(err error) class {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return classUnavailable
	}
	if pg.Routine == "ExecWithCheckOptions" {
		return classData // row-level security refuses this row
	}
	switch pg.Code {
	case "25006": // read_only_sql_transaction
		return classReadOnly
	case "40001", "40P01", // serialization_failure, deadlock_detected
		"26000", "42P05": // statement unknown or known already: another server behind a pooler
		return classRetry
	case "0A000":
		// "cached plan must not change result type": the schema was migrated.
		if strings.Contains(pg.Routine, "RevalidateCachedQuery") {
			return classRetry
		}
		return classUnavailable
	case "21000", // the same id twice
		"42846", "42804": // a column has a type that the value doesn't fit
		return classData
	}
	switch {
	case strings.HasPrefix(pg.Code, "22"), // data exception
		strings.HasPrefix(pg.Code, "23"), // integrity constraint violation
		strings.HasPrefix(pg.Code, "54"), // program limit exceeded: an index row too long
		strings.HasPrefix(pg.Code, "P0"): // raised by a trigger
		return classData
	}
	return classUnavailable
}

// unavailable wraps err, saying what was being done. Addresses, passwords and
// texts of statements stay out of it.
func unavailable(doing string, err error) error {
	if errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %s", doing, ErrUnavailable, describe(err))
}

// unknown wraps an error after which nobody knows whether the commit happened.
func unknown(doing string, err error) error {
	return fmt.Errorf("%s: %w: %s", doing, ErrUnknownOutcome, describe(err))
}

// refusedValues wraps an error that belongs to the values of one change.
func refusedValues(err error) error {
	return fmt.Errorf("%w: %s", ErrData, describe(err))
}

// describe says in words what err is. An error of the server is its message
// and code, never its detail, which may hold a row's values.
func describe(err error) string {
	var pg *pgconn.PgError
	var op *net.OpError
	switch {
	case err == nil:
		return "no error"
	case errors.As(err, &pg) && strings.Contains(pg.Message, unwritten):
		_, rows, _ := strings.Cut(pg.Message, unwritten)
		return "ps_contacts took " + strings.Trim(rows, `"`) + " without an error: look for a BEFORE trigger that returns NULL and for row-level security without a policy for this role (psql: \\d ps_contacts)"
	case errors.As(err, &pg):
		return fmt.Sprintf("%s: %s (SQLSTATE %s)", strings.ToLower(pg.Severity), pg.Message, pg.Code)
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "given up"
	case errors.Is(err, pgx.ErrTxClosed), errors.Is(err, net.ErrClosed), errors.Is(err, pgconn.ErrConnClosed):
		return "the connection was closed"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server closed the connection"
	case errors.As(err, &op) && op.Err != nil:
		return op.Op + ": " + op.Err.Error()
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return "no connection"
	}
	return err.Error()
}

// connectionIsLost says that err ended the connection, or means that others of
// the pool are probably dead too: they are dropped together.
func connectionIsLost(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08")
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed)
}
