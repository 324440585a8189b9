package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"registrard/store"
	"registrard/view"
)

func (a *app) show() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "List who is registered, endpoints, AORs, nodes and bans",
		Long: `List what the database holds, as a table or as JSON: who is registered, the
endpoints and AORs that may register, the nodes, the bans, what was refused and
what is wrong with the rows. The database is asked, not a node; nothing is
changed. What strangers sent is shown with its control characters made visible.`,
	}
	cmd.AddCommand(
		showList(a, view.Contacts, "List who is registered", (*store.Views).Contacts, contactsTable),
		showList(a, view.Endpoints, "List ps_endpoints", (*store.Views).Endpoints, endpointsTable),
		showList(a, view.AORs, "List ps_aors", (*store.Views).AORs, aorsTable),
		showList(a, view.Nodes, "List the nodes of this database", (*store.Views).Nodes, nodesTable),
		showList(a, view.Bans, "List the bans in force", (*store.Views).Bans, bansTable),
		showList(a, view.Failures, "List what was refused, the newest first", (*store.Views).Failures, failuresTable),
		showList(a, view.Problems, "List what is wrong with the configuration rows", (*store.Views).Problems, problemsTable),
	)
	return cmd
}

// filterHelp says what each filter of a list narrows.
var filterHelp = map[string]string{
	"aor": "of this AOR", "endpoint": "of this endpoint", "node": "of this node",
	"transport": "with this transport", "source": "from this `address` or network (10.0.0.0/8)",
	"text": "with this text anywhere, in either case", "username": "of this user name",
	"reason": "with this reason", "table": "of this table",
}

// showExamples are for the lists whose use isn't obvious.
var showExamples = map[string]string{
	"contacts": `  registrard show contacts --aor 6001
  registrard show contacts --source 10.0.0.0/8 --transport tls --json
  registrard show contacts --text Yealink --watch`,
	"bans": `  registrard show bans --source 192.0.2.7     is this address banned?`,
}

// lister is a method of store.Views that reads a page.
type lister[T any] func(*store.Views, context.Context, view.Filter) (view.Page[T], error)

// showSearchTime is what the search of a page may take: more than the node's
// page gives it, as whoever lists all has them in larger pages, and time.
const showSearchTime = 8 * time.Second

// errCut is told after the rows that were found, so that no script takes them
// for all.
var errCut = fmt.Errorf("the search took longer than %s and was cut: there may be more than these; the beginning of an AOR or id is found fastest, and docs/scaling.md tells of an index for the rest", showSearchTime)

// showing is one call of show.
type showing[T any] struct {
	out    io.Writer
	list   func(context.Context, view.Filter) (view.Page[T], error)
	table  func([]T) table
	filter view.Filter
	limit  int // 0: all
	json   bool
}

func showList[T any](a *app, l view.List, short string, list lister[T], asTable func([]T) table) *cobra.Command {
	s := showing[T]{table: asTable}
	var watch time.Duration
	cmd := &cobra.Command{
		Use:     l.Name,
		Short:   short,
		Example: showExamples[l.Name],
		RunE: func(cmd *cobra.Command, _ []string) error {
			values := map[string][]string{}
			for _, name := range l.Filters {
				if f := cmd.Flags().Lookup(name); f.Changed {
					values[name] = []string{f.Value.String()}
				}
			}
			var bad *view.BadFilter
			var err error
			if s.filter, err = l.Parse(values); errors.As(err, &bad) {
				return &usageError{text: "--" + bad.Error()}
			}
			switch {
			case err != nil:
				return err
			case s.limit < 0:
				return &usageError{text: fmt.Sprintf("--limit %d: want a number of rows, or 0 for all", s.limit)}
			case cmd.Flags().Changed("watch") && (watch < 100*time.Millisecond || watch > 24*time.Hour):
				return &usageError{text: fmt.Sprintf("--watch=%s: want a time from 100ms to 24h", watch)}
			}
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			views, err := store.OpenViews(c.Database.URL, "show", nil)
			if err != nil {
				return err
			}
			defer views.Close()
			views.SearchTime = showSearchTime
			s.out = a.stdout
			s.list = func(ctx context.Context, f view.Filter) (view.Page[T], error) { return list(views, ctx, f) }
			if watch > 0 {
				ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
				defer stop()
				return s.watch(ctx, watch, strings.Join(append([]string{cmd.CommandPath()}, flagsGiven(l, values)...), " "))
			}
			more, err := s.once(cmd.Context())
			if more {
				fmt.Fprintf(a.stderr, "There are more; --limit 0 prints all.\n")
			}
			return err
		},
	}
	for _, name := range l.Filters {
		cmd.Flags().String(name, "", filterHelp[name])
	}
	cmd.Flags().IntVar(&s.limit, "limit", 100, "print this many rows at most; 0 is all")
	cmd.Flags().DurationVar(&watch, "watch", 0, "print it again and again, this `time` apart; --watch alone is 2s")
	cmd.Flags().Lookup("watch").NoOptDefVal = "2s"
	cmd.Flags().BoolVar(&s.json, "json", false, "print a JSON list")
	configFlags(cmd, "database.url")
	return cmd
}

// flagsGiven is the filter as it was typed.
func flagsGiven(l view.List, values map[string][]string) (out []string) {
	for _, name := range l.Filters {
		if v, ok := values[name]; ok {
			out = append(out, "--"+name+" "+view.Printable(v[0]))
		}
	}
	return out
}

// pages hands on every page until the limit; more says that there would be
// others. errCut comes after the page that was cut.
func (s *showing[T]) pages(ctx context.Context, each func([]T) error) (more bool, err error) {
	f := s.filter
	for left := s.limit; ; {
		f.Limit = view.MaxLimit
		if s.limit > 0 {
			f.Limit = min(left, view.MaxLimit)
		}
		p, err := s.list(ctx, f)
		if err != nil {
			return false, err
		}
		if err := each(p.Items); err != nil {
			return false, err
		}
		if p.Cut {
			return false, errCut
		}
		left -= len(p.Items)
		if f.After = p.Next; p.Next == "" || (s.limit > 0 && left <= 0) {
			return p.Next != "", nil
		}
	}
}

// once prints the list. All rows of a table are aligned together; JSON is
// printed as it comes.
func (s *showing[T]) once(ctx context.Context) (more bool, err error) {
	if s.json {
		return s.printJSON(ctx, "\n  ")
	}
	var all []T
	more, err = s.pages(ctx, func(items []T) error {
		all = append(all, items...)
		return nil
	})
	if err != nil && !errors.Is(err, errCut) {
		return false, err
	}
	t := s.table(all)
	room, _ := terminal(s.out)
	return more, cmp.Or(t.write(s.out, room), err)
}

// printJSON prints a list, each row after sep.
func (s *showing[T]) printJSON(ctx context.Context, sep string) (more bool, err error) {
	rows := 0
	more, err = s.pages(ctx, func(items []T) error {
		var b strings.Builder
		for _, one := range items {
			text, err := jsonLine(one)
			if err != nil {
				return err
			}
			b.WriteString(map[bool]string{true: "[", false: ","}[rows == 0] + sep + text)
			rows++
		}
		_, err := io.WriteString(s.out, b.String())
		return err
	})
	if err != nil && !errors.Is(err, errCut) {
		return false, err
	}
	end := strings.TrimSuffix(sep, "  ") + "]\n"
	if rows == 0 {
		end = "[]\n"
	}
	_, werr := io.WriteString(s.out, end)
	return more, cmp.Or(werr, err)
}

// jsonLine is v on one line. What a terminal would obey is escaped: JSON itself
// escapes only the controls of ASCII.
func jsonLine(v any) (string, error) {
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range strings.TrimSuffix(raw.String(), "\n") {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String(), nil
}

// watch prints the list again and again until ctx ends: on a terminal in the
// same place, else one after the other; JSON is one line each time. When the
// database doesn't answer, it says so and goes on.
func (s *showing[T]) watch(ctx context.Context, every time.Duration, title string) error {
	_, onTerminal := terminal(s.out)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for first := true; ; first = false {
		switch {
		case s.json:
		case onTerminal:
			fmt.Fprint(s.out, "\x1b[H\x1b[2J")
			fmt.Fprintf(s.out, "%s, every %s, %s\n\n", title, every, time.Now().Format(time.TimeOnly))
		case !first:
			fmt.Fprintln(s.out)
		}
		var err error
		if s.json {
			_, err = s.printJSON(ctx, "")
		} else {
			_, err = s.once(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, errCut) && (first || !errors.Is(err, store.ErrUnavailable)):
			return err
		case err != nil && !s.json:
			fmt.Fprintln(s.out, view.Printable(err.Error()))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func contactsTable(rows []view.Contact) table {
	t := table{headings: []string{"AOR", "ENDPOINT", "CONTACT", "SOURCE", "TRANSPORT", "USER AGENT", "NODE", "EXPIRES IN"}}
	for _, c := range rows {
		expires := "permanent"
		if c.ExpiresIn != nil {
			expires = span(*c.ExpiresIn)
		}
		t.add(c.AOR, c.Endpoint, c.Contact, c.Source, c.Transport, c.UserAgent, c.Node, expires)
	}
	return t
}

func endpointsTable(rows []view.Endpoint) table {
	t := table{headings: []string{"ENDPOINT", "AORS", "AUTH", "IDENTIFY BY", "TRANSPORT", "CONTEXT", "CONTACTS"}}
	for _, e := range rows {
		t.add(e.ID, e.AORs, e.Auth, e.IdentifyBy, e.Transport, e.Context, strconv.FormatInt(e.Contacts, 10))
	}
	return t
}

func aorsTable(rows []view.AOR) table {
	t := table{headings: []string{"AOR", "CONTACTS", "MAX", "REMOVE EXISTING", "EXPIRATION", "QUALIFY", "PERMANENT CONTACT"}}
	for _, r := range rows {
		t.add(r.ID, strconv.FormatInt(r.Contacts, 10), number(r.MaxContacts), r.RemoveExisting,
			number(r.MinimumExpiration)+" "+number(r.DefaultExpiration)+" "+number(r.MaximumExpiration), number(r.QualifyFrequency), r.Contact)
	}
	return t
}

// number is NULL's dash, or the number.
func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

func nodesTable(rows []view.Node) table {
	t := table{headings: []string{"NODE", "STATE", "HEARTBEAT", "VERSION", "STARTED", "ADDRESSES"}}
	for _, n := range rows {
		heartbeat := "never"
		if n.HeartbeatAt != nil {
			heartbeat = span(max(0, int64(n.HeartbeatAge))) + " ago"
		}
		t.add(n.Name, n.State, heartbeat, n.Version, moment(n.StartedAt, ""), strings.Join(n.Addresses, " "))
	}
	return t
}

func bansTable(rows []view.Ban) table {
	t := table{headings: []string{"ADDRESS", "REASON", "UNTIL", "SINCE", "BY"}}
	for _, b := range rows {
		t.add(b.CIDR, b.Reason, moment(b.Until, "for ever"), moment(b.CreatedAt, ""), b.CreatedBy)
	}
	return t
}

func failuresTable(rows []view.Failure) table {
	t := table{headings: []string{"LAST SEEN", "SOURCE", "USER", "AOR", "REASON", "COUNT", "NODE", "WHAT WAS FOUND", "WHAT TO DO"}}
	for _, f := range rows {
		t.add(moment(f.LastSeen, ""), f.Source, f.Username, f.AOR, f.Reason, strconv.FormatInt(f.Count, 10), f.Node, f.Detail, f.Hint)
	}
	return t
}

func problemsTable(rows []view.Problem) table {
	t := table{headings: []string{"TABLE", "ID", "COLUMN", "PROBLEM", "REMEDY"}}
	for _, p := range rows {
		t.add(p.Table, p.ID, p.Column, p.Problem, p.Remedy)
	}
	return t
}
