package migrations

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Kind says how a database's version stands to this program's.
type Kind int

// The kinds of State.
const (
	NotMigrated Kind = iota
	TooOld
	UpToDate
	TooNew
)

// State is what Check finds.
type State struct {
	Kind    Kind
	Version int64 // of the database; 0: none
	Newest  int64 // that this program knows and needs
}

// OK says whether this program can work with the database.
func (s State) OK() bool { return s.Kind == UpToDate }

// String is a sentence for the operator, which says what to run.
func (s State) String() string {
	switch s.Kind {
	case UpToDate:
		return fmt.Sprintf("the database is up to date (version %d)", s.Version)
	case TooOld:
		return fmt.Sprintf("the database is of version %d, this registrard needs %d: run `registrard migrate up`", s.Version, s.Newest)
	case TooNew:
		return fmt.Sprintf("the database is of version %d, this registrard knows only up to %d: run a newer registrard, or take the newer one and run its `registrard migrate down %d`",
			s.Version, s.Newest, s.Newest)
	default:
		return "the database has not been prepared for registrard: run `registrard migrate up` (it adopts Asterisk's tables as they are, or makes them)"
	}
}

// Check compares the database with this program. It changes nothing.
func Check(ctx context.Context, pool *pgxpool.Pool) (State, error) {
	applied, err := readApplied(ctx, pool)
	if err != nil {
		return State{}, err
	}
	s := State{Newest: Newest()}
	for v := range applied {
		s.Version = max(s.Version, v)
	}
	switch {
	case s.Version == 0:
		s.Kind = NotMigrated
	case s.Version > s.Newest:
		s.Kind = TooNew
	case s.Version < s.Newest:
		s.Kind = TooOld
	default:
		s.Kind = UpToDate
	}
	return s, nil
}

// Status is one migration, applied or not.
type Status struct {
	Version int64
	Name    string    // "00001_asterisk_tables.sql"; empty when this program doesn't know it
	Applied time.Time // zero: not applied
}

// ReadStatus lists the migrations, oldest first. It changes nothing.
func ReadStatus(ctx context.Context, pool *pgxpool.Pool) ([]Status, error) {
	applied, err := readApplied(ctx, pool)
	if err != nil {
		return nil, err
	}
	var list []Status
	for _, k := range known() {
		list = append(list, Status{Version: k.version, Name: k.name, Applied: applied[k.version]})
	}
	for _, v := range slices.Sorted(maps.Keys(applied)) {
		if v > Newest() {
			list = append(list, Status{Version: v, Applied: applied[v]})
		}
	}
	return list, nil
}

// readApplied returns the applied versions above 0 and when that was.
func readApplied(ctx context.Context, pool *pgxpool.Pool) (map[int64]time.Time, error) {
	// The table is looked for where Up makes it, not wherever search_path leads.
	var there bool
	err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND c.relname = 'registrard_schema')`).Scan(&there)
	if err != nil {
		return nil, fmt.Errorf("looking for the table registrard_schema: %w", err)
	}
	if !there {
		return nil, nil
	}
	// goose writes its times without a zone, in the zone of the session.
	rows, err := pool.Query(ctx, `SELECT version_id, tstamp::timestamptz FROM registrard_schema WHERE is_applied AND version_id > 0`)
	if err != nil {
		return nil, fmt.Errorf("reading registrard_schema: %w", err)
	}
	applied := map[int64]time.Time{}
	var version int64
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&version, &at}, func() error {
		applied[version] = at
		return nil
	}); err != nil {
		return nil, fmt.Errorf("reading registrard_schema: %w", err)
	}
	return applied, nil
}
