package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"registrard/view"
)

// fakeViews holds rows in memory, and counts who asks.
type fakeViews struct {
	mu       sync.Mutex
	contacts []view.Contact
	err      error
	absent   string // a list that isn't there
	cut      bool   // searches take too long
	asked    map[string]int
}

func (v *fakeViews) set(change func(*fakeViews)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

func (v *fakeViews) times(list string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked[list]
}

// fake answers a page of rows, as narrow as keep says.
func fake[T any](v *fakeViews, l view.List, f view.Filter, rows func() []T, keep func(T) bool) (view.Page[T], error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asked == nil {
		v.asked = map[string]int{}
	}
	v.asked[l.Name]++
	switch {
	case v.err != nil:
		return view.Page[T]{}, v.err
	case v.absent == l.Name:
		return view.Page[T]{}, &view.Absent{Relation: "table " + l.Name}
	}
	n, first := f.Limit, 0
	if n == 0 {
		n = view.DefaultLimit
	}
	if keys, _ := l.KeysOf(f.After); keys != nil {
		fmt.Sscan(keys[0], &first)
	}
	p := view.Page[T]{Cut: v.cut && f.Text != ""}
	at := 0
	for _, r := range rows() {
		if !keep(r) {
			continue
		}
		if at++; at <= first {
			continue
		}
		if len(p.Items) == n {
			keys := make([]string, l.Keys)
			keys[0] = fmt.Sprint(at - 1)
			p.Next = view.Cursor(keys...)
			break
		}
		p.Items = append(p.Items, r)
	}
	return p, nil
}

var (
	then    = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	seconds = int64(3600)
	yes     = true
)

func (v *fakeViews) Contacts(_ context.Context, f view.Filter) (view.Page[view.Contact], error) {
	return fake(v, view.Contacts, f, func() []view.Contact { return v.contacts }, func(c view.Contact) bool {
		return (f.AOR == "" || c.AOR == f.AOR) && strings.Contains(strings.ToLower(c.AOR+c.UserAgent), strings.ToLower(f.Text)) && (!f.Source.IsValid() || c.Source != "" && strings.HasPrefix(f.Source.String(), c.Source))
	})
}

func always[T any](T) bool { return true }

func (v *fakeViews) Endpoints(_ context.Context, f view.Filter) (view.Page[view.Endpoint], error) {
	return fake(v, view.Endpoints, f, func() []view.Endpoint { return []view.Endpoint{{ID: "6001", AORs: "6001", Contacts: 1}, {ID: "6002"}} }, always)
}

func (v *fakeViews) AORs(_ context.Context, f view.Filter) (view.Page[view.AOR], error) {
	return fake(v, view.AORs, f, func() []view.AOR { return []view.AOR{{ID: "6001", MaxContacts: &seconds}, {ID: "6002"}} }, always)
}

func (v *fakeViews) Nodes(_ context.Context, f view.Filter) (view.Page[view.Node], error) {
	return fake(v, view.Nodes, f, func() []view.Node {
		return []view.Node{{Name: "a", State: "ready", Addresses: []string{"udp://:5060"}, StartedAt: &then, HeartbeatAt: &then}, {Name: "b", State: "silent", Addresses: []string{}, HeartbeatAge: 99.5, HeartbeatAt: &then}}
	}, always)
}

func (v *fakeViews) Failures(_ context.Context, f view.Filter) (view.Page[view.Failure], error) {
	return fake(v, view.Failures, f, func() []view.Failure {
		return []view.Failure{{Source: "10.0.0.5", Username: "6001", Reason: "wrong_password", Hint: "Compare it.", Count: 3, FirstSeen: &then, LastSeen: &then}, {Reason: "unknown_endpoint"}}
	}, always)
}

func (v *fakeViews) Bans(_ context.Context, f view.Filter) (view.Page[view.Ban], error) {
	return fake(v, view.Bans, f, func() []view.Ban { return []view.Ban{{CIDR: "10.0.0.5", Until: &then}, {CIDR: "192.0.2.0/24"}} }, always)
}

func (v *fakeViews) Problems(_ context.Context, f view.Filter) (view.Page[view.Problem], error) {
	return fake(v, view.Problems, f, func() []view.Problem {
		return []view.Problem{{Table: "ps_aors", ID: "6001", Column: "max_contacts", Problem: "is 0", Remedy: "UPDATE it"}, {Table: "ps_aors"}}
	}, always)
}

func (v *fakeViews) Counts(context.Context) ([]view.Count, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asked == nil {
		v.asked = map[string]int{}
	}
	v.asked["counts"]++
	if v.err != nil {
		return nil, v.err
	}
	return []view.Count{{Node: "a", Transport: "tls", Contacts: 2}, {Node: "b", Transport: "udp", Contacts: int64(len(v.contacts))}}, nil
}

var errAway = errors.New("list the contacts: the database is unavailable: no answer in time")

// hostile is what a stranger would like to be shown.
const hostile = `"><script src=//evil.example/x.js></script><img src=x onerror=alert(1)>` + "\x1b[2J\u202e"

func fakeContacts() []view.Contact {
	return []view.Contact{
		{AOR: "6001", Endpoint: "6001", Contact: "sip:6001@192.0.2.1:5060", Source: "10.0.0.5", SourcePort: 5060, Transport: "udp", UserAgent: "Yealink", Node: "a", RegisteredAt: &then, ExpiresAt: &then, ExpiresIn: &seconds, Reachable: &yes, ID: "6001^3B@a"},
		{AOR: "6002", Endpoint: "other", Contact: "sip:6002@" + hostile, UserAgent: hostile, ID: "6002^3B@a"},
		{AOR: "a&b=c", Endpoint: "a&b=c", Source: "2001:db8::1", ID: "x"},
	}
}
