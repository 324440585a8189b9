package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"registrard/config"
	"registrard/migrations"
	"registrard/store"
)

func (a *app) migrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to what this version needs, and back",
		Long: `Bring the database to what this version needs, and back. An empty database gets
Asterisk's realtime tables; one made by Asterisk's own tools is adopted as it
stands: registrard adds nullable columns, tables and views of its own and
changes nothing else.

The connection is database.listen_url if set (a direct one), else database.url,
else libpq's environment. Its user needs the right to create in the schema.`,
	}
	cmd.AddCommand(a.migrateUp(), a.migrateStatus(), a.migrateDown())
	return cmd
}

// migrateFlags are those that name the database and the log.
func migrateFlags(cmd *cobra.Command) {
	configFlags(cmd, "database.url", "log.level", "log.format")
}

// directURL is the connection for what a transaction pooler can't carry.
func directURL(c config.Config) string { return cmp.Or(c.Database.ListenURL, c.Database.URL) }

func (a *app) migrateUp() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Bring the database to what this version needs",
		Long: `Bring the database to what this version needs. On a database that is there
already it does nothing. Several may run at once: one works, the others wait.
Then it tells what an older schema of Asterisk's lacks, and which commands would
make the database faster; those it leaves to you.`,
		Example: `  REGISTRARD_DATABASE_URL=postgres://registrard@db/asterisk registrard migrate up`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			log, _ := newLogger(a.stderr, c.Log, a.environ)
			pool, err := migrations.Connect(cmd.Context(), directURL(c))
			if err != nil {
				return err
			}
			defer pool.Close()
			if err := migrations.Up(cmd.Context(), pool, log); err != nil {
				return err
			}
			state, err := migrations.Check(cmd.Context(), pool)
			if err != nil {
				return err
			}
			report, err := migrations.Inspect(cmd.Context(), pool)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s\n\n%s", state, report)
			if !state.OK() {
				return errors.New("the database can't be used by this version")
			}
			if len(report.Faults) > 0 && report.Faults[0].Fatal {
				return fmt.Errorf("nodes can't serve with these tables: %s", report.Faults[0])
			}
			return rehearse(cmd.Context(), c)
		},
	}
	migrateFlags(cmd)
	return cmd
}

// rehearse runs a node's statements once.
func rehearse(ctx context.Context, c config.Config) error {
	s, err := store.Open(ctx, store.Options{URL: directURL(c), Node: "registrard migrate", BootID: rand.Text(), Deadline: 10 * time.Second, Age: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Rehearse(ctx)
}

// statusJSON is migrate status for machines.
type statusJSON struct {
	UpToDate   bool            `json:"up_to_date"`
	Version    int64           `json:"version"`
	Needed     int64           `json:"needed"`
	Summary    string          `json:"summary"`
	Migrations []migrationJSON `json:"migrations"`
	// AsteriskRevision is alembic's; empty when Asterisk's tools made nothing here.
	AsteriskRevision string        `json:"asterisk_revision"`
	Lacking          []lackingJSON `json:"lacking"`
	Shorter          []shorterJSON `json:"shorter"`
	Advice           []adviceJSON  `json:"advice"`
	Faults           []faultJSON   `json:"faults"`
}

// faultJSON is what nodes can't do with; fatal: no registration can be written;
// by_age: nothing is, but with database.coherence: age.
type faultJSON struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Why    string `json:"why"`
	Remedy string `json:"remedy"`
	Fatal  bool   `json:"fatal"`
	ByAge  bool   `json:"by_age"`
}

// lackingJSON is a column that an older schema of Asterisk doesn't have.
type lackingJSON struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Means  string `json:"means"`
}

// shorterJSON is a column of ps_contacts with less room than in the newest one.
type shorterJSON struct {
	Column string `json:"column"`
	Have   int    `json:"have"`
	Newest int    `json:"newest"`
}

// adviceJSON is what the operator may run; registrard never does.
type adviceJSON struct {
	Why     string `json:"why"`
	Command string `json:"command"`
}

type migrationJSON struct {
	Version int64      `json:"version"`
	Name    string     `json:"name"`
	Applied *time.Time `json:"applied_at"`
}

func (a *app) migrateStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tell what the database has and what it lacks",
		Long: `Tell which migrations the database has and whether this version can work with
it, what an older schema of Asterisk's lacks, and which commands would make the
database faster. Nothing is changed.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			pool, err := migrations.Connect(cmd.Context(), directURL(c))
			if err != nil {
				return err
			}
			defer pool.Close()
			state, err := migrations.Check(cmd.Context(), pool)
			if err != nil {
				return err
			}
			list, err := migrations.ReadStatus(cmd.Context(), pool)
			if err != nil {
				return err
			}
			report, err := migrations.Inspect(cmd.Context(), pool)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.stdout, statusOf(state, list, report))
			}
			return a.printStatus(state, list, report)
		},
	}
	migrateFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func statusOf(state migrations.State, list []migrations.Status, report migrations.Report) statusJSON {
	s := statusJSON{
		UpToDate: state.OK(), Version: state.Version, Needed: state.Newest, Summary: state.String(),
		Migrations: []migrationJSON{}, AsteriskRevision: report.Revision,
		Lacking: []lackingJSON{}, Shorter: []shorterJSON{}, Advice: []adviceJSON{}, Faults: []faultJSON{},
	}
	for _, f := range report.Faults {
		s.Faults = append(s.Faults, faultJSON(f))
	}
	for _, l := range report.Lacking {
		s.Lacking = append(s.Lacking, lackingJSON(l))
	}
	for _, c := range report.Shorter {
		s.Shorter = append(s.Shorter, shorterJSON(c))
	}
	for _, one := range report.Advice {
		s.Advice = append(s.Advice, adviceJSON(one))
	}
	for _, m := range list {
		j := migrationJSON{Version: m.Version, Name: m.Name}
		if !m.Applied.IsZero() {
			j.Applied = &m.Applied
		}
		s.Migrations = append(s.Migrations, j)
	}
	return s
}

func (a *app) printStatus(state migrations.State, list []migrations.Status, report migrations.Report) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tMIGRATION\tAPPLIED")
	for _, m := range list {
		applied := "no"
		if !m.Applied.IsZero() {
			applied = m.Applied.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", m.Version, cmp.Or(m.Name, "(of a newer registrard)"), applied)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s\n\n%s", state, report)
	return err
}

func (a *app) migrateDown() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "down [version]",
		Short: "Take migrations back",
		Long: `Take back the newest migration, or all above a version. What registrard has kept
in its own columns and tables goes with them; what Asterisk's tables hold stays.
Stop the nodes first. Version 0 leaves nothing of registrard.`,
		Example: `  registrard migrate down
  registrard migrate down 0`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			to := int64(-1)
			if len(args) == 1 {
				var err error
				if to, err = strconv.ParseInt(args[0], 10, 64); err != nil || to < 0 {
					return &usageError{text: fmt.Sprintf("version %q: want a number, 0 or higher; 'registrard migrate status' lists them", args[0])}
				}
			}
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			log, _ := newLogger(a.stderr, c.Log, a.environ)
			pool, err := migrations.Connect(cmd.Context(), directURL(c))
			if err != nil {
				return err
			}
			defer pool.Close()
			if to < 0 {
				state, err := migrations.Check(cmd.Context(), pool)
				if err != nil {
					return err
				}
				to = max(state.Version-1, 0)
			}
			if err := migrations.Down(cmd.Context(), pool, to, log); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "the database is of version %d\n", to)
			return err
		},
	}
	migrateFlags(cmd)
	return cmd
}

// migrateWhenThere is serve --migrate: it waits for the database as long as ctx
// lasts. An error that waiting can't heal is returned.
func migrateWhenThere(ctx context.Context, c config.Config, log *slog.Logger) error {
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		pool, err := migrations.Connect(ctx, directURL(c))
		if err == nil {
			err = migrations.Up(ctx, pool, log)
			pool.Close()
		}
		switch {
		case ctx.Err() != nil:
			return nil // the node stops; who stopped it knows why
		case !migrations.Unreachable(err):
			return err
		}
		log.Warn("waiting for the database, to migrate it", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
