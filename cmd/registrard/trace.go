package main

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"registrard/config"
	"registrard/store"
	"registrard/trace"
)

// longestTrace is what the table allows; a trace ends by itself.
const longestTrace = 24 * time.Hour

// traceFlags are the flags of one call.
type traceFlags struct {
	user, aor, source, hep string
	lasts                  time.Duration
	list, asJSON           bool
	stop                   string
}

func (a *app) trace() *cobra.Command {
	var f traceFlags
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "Show the SIP of one user, AOR or source, on all nodes, for a while",
		Long: `Switch on, on all nodes, that the SIP messages of one user, AOR or source and
their answers are shown: in the nodes' logs (message "trace"), or sent as HEP3 to
a Homer. What proves a password is masked. It ends by itself.

The same from SQL, in the table registrard_traces:
  INSERT INTO registrard_traces (username) VALUES ('6001');
  DELETE FROM registrard_traces;`,
		Example: `  registrard trace --user 6001 --for 5m
  registrard trace --source 192.0.2.0/24 --hep homer.example.net:9060
  registrard trace --list
  registrard trace --stop 3        (or: --stop all)`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			row, err := f.row()
			if err != nil {
				return err
			}
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			s, err := openForCommand(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			switch {
			case f.list:
				return a.listTraces(cmd.Context(), s, f.asJSON)
			case f.stop != "":
				return a.stopTraces(cmd.Context(), s, f.stop)
			}
			row, err = s.AddTrace(cmd.Context(), row, f.lasts)
			if err != nil {
				return err
			}
			if f.asJSON {
				return printJSON(a.stdout, traceJSONOf(row))
			}
			where := fmt.Sprintf("in the nodes' logs (message trace, trace=%d)", row.ID)
			if row.HEP != "" {
				where = "sent to " + trace.Address(row.HEP)
			}
			fmt.Fprintf(a.stdout, "trace %d is on, on all nodes, until %s: %s\n", row.ID, row.Until.Local().Format(time.DateTime), where)
			return nil
		},
	}
	configFlags(cmd, "database.url")
	flags := cmd.Flags()
	flags.StringVar(&f.user, "user", "", "user `name` of From, To or the credentials, or an endpoint's id")
	flags.StringVar(&f.aor, "aor", "", "`id` of an AOR")
	flags.StringVar(&f.source, "source", "", "`address` or network that messages come from")
	flags.StringVar(&f.hep, "hep", "", "send to this Homer, `host:port` (HEP3 over UDP), instead of the log")
	flags.DurationVar(&f.lasts, "for", 5*time.Minute, "how long, up to 24h")
	flags.BoolVar(&f.list, "list", false, "list the traces that are on")
	flags.StringVar(&f.stop, "stop", "", "switch off the trace with this `id`, or all")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

// row is what the flags say, or a wrong use.
func (f *traceFlags) row() (store.Trace, error) {
	wrong := func(text string, args ...any) (store.Trace, error) {
		return store.Trace{}, &usageError{text: fmt.Sprintf(text, args...)}
	}
	row := store.Trace{Username: f.user, AOR: f.aor, HEP: f.hep}
	named := f.user != "" || f.aor != "" || f.source != ""
	switch {
	case f.list && f.stop != "", (f.list || f.stop != "") && (named || f.hep != ""):
		return wrong("--list and --stop stand alone")
	case f.list, f.stop != "":
		return row, nil
	case !named:
		return wrong("whose SIP? want --user, --aor or --source")
	case f.lasts < time.Second || f.lasts > longestTrace:
		return wrong("--for %s: want 1s to 24h", f.lasts)
	}
	if f.source != "" {
		if a, err := netip.ParseAddr(f.source); err == nil {
			row.Source = netip.PrefixFrom(a, a.BitLen())
		} else if row.Source, err = netip.ParsePrefix(f.source); err != nil {
			return wrong("--source %q: want an address or a network, such as 192.0.2.7 or 192.0.2.0/24", f.source)
		}
		row.Source = row.Source.Masked()
	}
	return row, nil
}

// openForCommand is the store for one question.
func openForCommand(ctx context.Context, c config.Config) (*store.Store, error) {
	return store.Open(ctx, store.Options{
		URL: c.Database.URL, Node: "command", BootID: "command",
		Deadline: max(c.Database.Deadline.Duration, 5*time.Second),
	})
}

func (a *app) stopTraces(ctx context.Context, s *store.Store, which string) error {
	var id int64
	if which != "all" {
		var err error
		if id, err = strconv.ParseInt(which, 10, 64); err != nil || id <= 0 {
			return &usageError{text: fmt.Sprintf("--stop %q: want the id of a trace (--list shows it), or all", which)}
		}
	}
	n, err := s.EndTraces(ctx, id)
	if err != nil {
		return err
	}
	if n == 0 && id != 0 {
		return fmt.Errorf("there is no trace %d", id)
	}
	fmt.Fprintf(a.stdout, "traces switched off: %d\n", n)
	return nil
}

// traceJSON is a trace for machines.
type traceJSON struct {
	ID       int64     `json:"id"`
	Username string    `json:"username,omitempty"`
	AOR      string    `json:"aor,omitempty"`
	Source   string    `json:"source,omitempty"`
	HEP      string    `json:"hep,omitempty"`
	Until    time.Time `json:"until"`
}

func traceJSONOf(t store.Trace) traceJSON {
	j := traceJSON{ID: t.ID, Username: t.Username, AOR: t.AOR, HEP: t.HEP, Until: t.Until}
	if t.Source.IsSingleIP() {
		j.Source = t.Source.Addr().String()
	} else if t.Source.IsValid() {
		j.Source = t.Source.String()
	}
	return j
}

func (a *app) listTraces(ctx context.Context, s *store.Store, asJSON bool) error {
	rows, err := s.Traces(ctx)
	if err != nil {
		return err
	}
	list := []traceJSON{}
	for _, r := range rows {
		list = append(list, traceJSONOf(r))
	}
	if asJSON {
		return printJSON(a.stdout, list)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tUSER\tAOR\tSOURCE\tTO\tUNTIL")
	for _, t := range list {
		to := "log"
		if t.HEP != "" {
			to = trace.Address(t.HEP)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Username, t.AOR, t.Source, to, t.Until.Local().Format(time.DateTime))
	}
	return w.Flush()
}
