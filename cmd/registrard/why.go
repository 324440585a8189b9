package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"registrard/config"
	"registrard/explain"
	"registrard/reason"
)

const (
	// mostFailures are shown.
	mostFailures = 20
	// mostExplained are explained anew, which asks the database some questions each.
	mostExplained = 5
	mostContacts  = 20
	mostProblems  = 50
	// problemsTimeout bounds the view provisioning_problems, which may look at
	// every row of a large database.
	problemsTimeout = 10 * time.Second
)

func (a *app) why() *cobra.Command {
	var source string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why [user]",
		Short: "Tell why a phone is not registered, from what the nodes refused",
		Long: `Tell why a user, or whoever is behind a source address, is not registered: what
the nodes have refused (the view registration_failures), what would become of the
same request now, what almost was right, what the rows have wrong, and what to do.

The nodes write failures twice a second: what was refused, what got no answer
because it was no SIP, or a connection that ended. A challenge is none, and
neither is a request that never reached a node.

Exit status: 0 told, 1 failed, 2 used wrongly.`,
		Example: `  registrard why 6001
  registrard why --source 10.0.0.5
  registrard why --source 10.0.0.0/24 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			user := ""
			if len(args) > 0 {
				user = args[0]
			}
			var from netip.Prefix
			if source != "" {
				var err error
				if from, err = parseNetwork(source); err != nil {
					return &usageError{text: fmt.Sprintf("--source %q: want an address or a network, such as 192.0.2.7 or 10.0.0.0/24", source)}
				}
			}
			if user == "" && source == "" {
				return &usageError{text: "why what? Name a user, or an address with --source"}
			}
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), lookTimeout)
			defer cancel()
			return a.runWhy(ctx, c, user, from, asJSON)
		},
	}
	configFlags(cmd, "database.url")
	cmd.Flags().StringVar(&source, "source", "", "`address` or network that the requests came from")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func parseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func (a *app) runWhy(ctx context.Context, c config.Config, user string, source netip.Prefix, asJSON bool) error {
	look, err := openLook(ctx, c)
	if err != nil {
		return err
	}
	defer look.close()
	about, err := look.about(ctx, user, source)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.stdout, about)
	}
	return about.Print(a.stdout, a.terminal(), look.store.Now())
}

// about gathers what the database knows of a user or a source.
func (l *look) about(ctx context.Context, user string, source netip.Prefix) (*explain.About, error) {
	about := &explain.About{User: user, Registered: []explain.Registered{}, Failures: []explain.Failed{}, Problems: []explain.Problem{}}
	if source.IsValid() {
		about.Source = source.String()
		if source.IsSingleIP() {
			about.Source = source.Addr().String()
		}
	}
	name, domain, _ := strings.Cut(user, "@")
	rows, err := l.store.Failures(ctx, name, source, mostFailures)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		f := explain.Failed{FailureRow: explain.FailureRow(row)}
		f.From = f.SourceText()
		if domain != "" && !strings.EqualFold(f.Domain, domain) && f.AOR != user && f.Endpoint != user {
			continue
		}
		if len(about.Failures) < mostExplained && !f.OnTheWire() {
			if f.Now, err = l.wouldBe(ctx, &f.FailureRow); err != nil {
				return nil, err
			}
		}
		about.Failures = append(about.Failures, f)
	}
	if err := l.tellNames(ctx, about, name, source); err != nil {
		return nil, err
	}
	if len(about.Failures) == 0 && source.IsValid() {
		// Who is banned is not counted among the failures.
		step, banned, err := l.ban(ctx, source)
		if err != nil {
			return nil, err
		}
		if banned != nil {
			about.Now = explain.Banned(about.Source, banned, step)
		}
	}
	if len(about.Failures) == 0 && !about.IsRegistered() && user != "" && about.Now == nil {
		from := ""
		if source.IsSingleIP() {
			from = source.Addr().String()
		}
		if about.Now, err = l.explainUser(ctx, explainOptions{user: name, domain: domain, source: from}); err != nil {
			return nil, err
		}
	}
	about.Advise()
	return about, nil
}

// wouldBe is what would become of the request that failed, with the right
// password, now.
func (l *look) wouldBe(ctx context.Context, f *explain.FailureRow) (*explain.Explanation, error) {
	o := explainOptions{user: f.Username, domain: f.Domain, source: f.Source.Addr().String(), transport: f.Transport}
	// One who was found, and got no answer, may have shown no credentials.
	shown := f.InCredentials() && (f.Reason != reason.RateLimited.Name || f.Endpoint == "")
	if shown || f.AuthUsername != "" {
		o.authUser = f.AuthName()
	}
	return l.explainUser(ctx, o)
}

func (l *look) explainUser(ctx context.Context, o explainOptions) (*explain.Explanation, error) {
	found, err := l.userCase(ctx, o)
	if err != nil {
		return nil, err
	}
	found.AuthUser = o.authUser
	return l.explainer.Explain(ctx, found)
}

// tellNames tells who is registered under the names concerned, and what their
// rows have wrong.
func (l *look) tellNames(ctx context.Context, about *explain.About, name string, source netip.Prefix) error {
	var endpoints, aors, auths []string
	add := func(list *[]string, names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(*list, n) {
				*list = append(*list, n)
			}
		}
	}
	add(&endpoints, name, about.User)
	for i := range about.Failures {
		add(&endpoints, about.Failures[i].Endpoint)
	}
	add(&aors, endpoints...)
	var decoded []explain.Problem
	for _, id := range endpoints[:min(len(endpoints), mostExplained)] {
		e, err := l.store.LoadEndpoint(ctx, id)
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		add(&aors, e.AORNames...)
		add(&auths, e.AuthNames...)
		for _, p := range e.Problems {
			decoded = append(decoded, explain.Problem{Table: p.Table, ID: p.ID, Column: p.Column, Problem: p.What, Remedy: p.Remedy})
		}
	}
	// Asked about a user, it is told where he is registered; about a source,
	// who is registered from there.
	who := slices.Concat(endpoints, aors)
	if about.User == "" {
		who = nil
	} else {
		source = netip.Prefix{}
	}
	registered, err := l.store.Registered(ctx, who, source, mostContacts)
	if err != nil {
		return err
	}
	for _, r := range registered {
		about.Registered = append(about.Registered, explain.Registered(r))
	}
	short, cancel := context.WithTimeout(ctx, problemsTimeout)
	defer cancel()
	problems, known, err := l.store.Problems(short, endpoints, aors, auths, mostProblems)
	known = known && err == nil // else what the rows themselves say is enough
	for _, p := range problems {
		about.Problems = append(about.Problems, explain.Problem(p))
	}
	if !known {
		about.Problems = append(about.Problems, decoded...)
	}
	return nil
}
