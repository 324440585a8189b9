package registrar

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/reason"
	"registrard/rules"
)

// refusalsPerSecond bounds the log lines about refusals, so that a flood of
// bad requests doesn't become a flood on the disk. All are counted in metrics.
const refusalsPerSecond = 100

// Failures is told of every refused REGISTER, to tell failures from challenges
// and to keep them for people. It must not block, nor keep q or o.
type Failures interface {
	Note(q *Request, o *Outcome)
}

// observer says once what became of a request: one log line, one count.
type observer struct {
	log      *slog.Logger
	outcomes map[*reason.Reason]prometheus.Counter // nil key: accepted
	stages   [4]prometheus.Observer                // identify, auth, store, total
	failures Failures                              // nil for none
	quiet    quiet
}

func newObserver(log *slog.Logger, registry prometheus.Registerer, failures Failures) *observer {
	outcomes, stages := newMetrics(registry)
	return &observer{log: log, outcomes: outcomes, stages: stages, failures: failures}
}

func (b *observer) observe(q *Request, o *Outcome) {
	var why *reason.Reason
	if o.Refusal != nil {
		why = o.Refusal.Reason
	}
	b.outcomes[why].Inc()
	b.stages[0].Observe(o.Identify.Seconds())
	b.stages[1].Observe(o.Auth.Seconds())
	if o.Store > 0 {
		b.stages[2].Observe(o.Store.Seconds())
	}
	b.stages[3].Observe(o.Total.Seconds())

	if why != nil && b.failures != nil {
		b.failures.Note(q, o)
	}

	level, message := o.level()
	ctx := context.Background() // the line is written though the asker has gone
	if !b.log.Enabled(ctx, level) {
		return
	}
	if why != nil && level > slog.LevelDebug {
		pass, suppressed := b.quiet.pass(time.Now())
		if suppressed > 0 {
			b.log.Warn("refusals not logged one by one", "count", suppressed)
		}
		if !pass {
			return
		}
	}
	b.log.LogAttrs(ctx, level, message, o.attrs(q)...)
}

// level says how loud an outcome is: what changed or was refused is news,
// refreshes and challenges are the ordinary course.
func (o *Outcome) level() (slog.Level, string) {
	switch {
	case o.Refusal == nil:
		for i := range o.Result.Plan { // an Effect is large
			if kind := o.Result.Plan[i].Kind; kind == rules.Add || kind == rules.Remove {
				return slog.LevelInfo, "registered"
			}
		}
		return slog.LevelDebug, "registered"
	case o.Refusal.Routine:
		return slog.LevelDebug, "challenged"
	case o.Refusal.Code >= 500:
		return slog.LevelWarn, "refused"
	}
	return slog.LevelInfo, "refused"
}

// attrs are the line's keys; their names are stable.
func (o *Outcome) attrs(q *Request) []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	aor := q.Ask.To.User
	if o.Change.AOR != nil {
		aor = o.Change.AOR.ID
	}
	add("aor", aor)
	if o.Finding.Endpoint != nil {
		add("endpoint", o.Finding.Endpoint.ID)
		add("identified_by", string(o.Finding.Method))
	}
	add("source", q.Facts.Source.String())
	add("transport", q.Ask.Way.Transport)
	attrs = append(attrs, slog.Int("code", o.Code()))
	if o.Refusal != nil {
		add("reason", o.Refusal.Name)
		add("detail", o.Refusal.Detail)
	}
	for _, e := range o.Result.Plan {
		if o.Refusal == nil && (e.Kind == rules.Add || e.Kind == rules.Remove) {
			attrs = append(attrs, slog.String(e.Why, e.Contact.URI))
		}
	}
	add("user_agent", q.Ask.UserAgent)
	add("call_id", q.Ask.CallID)
	attrs = append(attrs, slog.Duration("took", o.Total))
	return attrs
}

// quiet lets through so many lines a second, and counts the others.
type quiet struct {
	mu         sync.Mutex
	second     int64
	passed     int
	suppressed int
}

// pass says whether one more line may be written at now; suppressed is how
// many were not since the last second in which that was told.
func (q *quiet) pass(now time.Time) (pass bool, suppressed int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if second := now.Unix(); second != q.second {
		q.second, q.passed = second, 0
		suppressed, q.suppressed = q.suppressed, 0
	}
	if q.passed >= refusalsPerSecond {
		q.suppressed++
		return false, suppressed
	}
	q.passed++
	return true, suppressed
}
