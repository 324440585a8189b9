package admin

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"registrard/view"
)

// grid is a page of a list, laid out for people. The template escapes every
// text in it.
type grid struct {
	Columns []string
	Rows    [][]cell
	// Empty is said instead of no rows.
	Empty string
	// Cut says that the search ended before it was through.
	Cut bool
	// First and Next are where the other pages are; empty when there is none.
	First, Next string
	// Problem is said instead of the list, when it can't be read; Bad says that it
	// is no lack of a migration.
	Problem string
	Bad     bool
}

// cell is one text of a grid. Link leads to what it names; Title is told when
// the pointer rests on it.
type cell struct{ Text, Link, Title, Class string }

// Classes are those of its CSS.
func (c cell) Classes() string {
	if c.Text == "" {
		return strings.TrimSpace("none " + c.Class)
	}
	return c.Class
}

// plain is a text that what a stranger sent can't make into anything else: the
// template escapes markup, view.Printable shows what can't be seen.
func plain(s string) cell { return cell{Text: view.Printable(s)} }

func short(s string) cell { c := plain(s); c.Class = "short"; return c }

func code(s string) cell { c := plain(s); c.Class = "code"; return c }

// address is one; IPv4 is kept on one line.
func address(s string) cell {
	c := code(s)
	if len(s) <= len("255.255.255.255") {
		c.Class = "short code"
	}
	return c
}

// link leads to a list that is narrowed by this value.
func link(c cell, path, filter, value string) cell {
	if value != "" {
		c.Link = path + "?" + url.Values{filter: {value}}.Encode()
	}
	return c
}

// ago is when something was; exact in the title. now is the node's clock, and
// minutes are fine enough for it.
func ago(now time.Time, t *time.Time) cell {
	if t == nil {
		return cell{}
	}
	c := cell{Title: t.UTC().Format(time.RFC3339), Class: "short"}
	switch d := now.Sub(*t); {
	case d < time.Minute:
		c.Text = "just now"
	case d < farOff:
		c.Text = coarse(d) + " ago"
	default:
		c.Text = t.UTC().Format("2006-01-02 15:04 MST")
	}
	return c
}

// ahead is when something will be.
func ahead(now time.Time, t *time.Time, never string) cell {
	if t == nil {
		return short(never)
	}
	c := cell{Title: t.UTC().Format(time.RFC3339), Class: "short"}
	switch d := t.Sub(now); {
	case d < time.Minute:
		c.Text = "in less than 1 min"
	case d < farOff:
		c.Text = "in " + coarse(d)
	default:
		c.Text = t.UTC().Format("2006-01-02 15:04 MST")
	}
	return c
}

// farOff is from when on the date says more than the time until it.
const farOff = 60 * 24 * time.Hour

func coarse(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d > 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

func contactsGrid(now time.Time, rows []view.Contact) grid {
	g := grid{Columns: []string{"AOR", "Contact", "Source", "Transport", "User agent", "Node", "Registered", "Expires"}, Empty: "Nobody is registered."}
	for _, c := range rows {
		aor := link(short(c.AOR), "/", "aor", c.AOR)
		if c.Endpoint != c.AOR {
			aor.Title = "endpoint " + view.Printable(c.Endpoint)
		}
		transport := link(short(c.Transport), "/", "transport", c.Transport)
		if c.Reachable != nil && !*c.Reachable {
			transport.Text, transport.Class = transport.Text+", doesn't answer", "warn"
		}
		g.Rows = append(g.Rows, []cell{aor, code(c.Contact), link(address(c.Source), "/", "source", c.Source), transport, plain(c.UserAgent),
			link(short(c.Node), "/", "node", c.Node), ago(now, c.RegisteredAt), ahead(now, c.ExpiresAt, "permanent")})
	}
	return g
}

func endpointsGrid(_ time.Time, rows []view.Endpoint) grid {
	g := grid{Columns: []string{"Endpoint", "AORs", "Auth", "Identified by", "Transport", "Context", "Registered"}, Empty: "There is no endpoint. registrard endpoint add makes one, or an INSERT into ps_endpoints."}
	for _, e := range rows {
		contacts := short(strconv.FormatInt(e.Contacts, 10))
		if e.Contacts > 0 {
			contacts = link(contacts, "/", "endpoint", e.ID)
		}
		g.Rows = append(g.Rows, []cell{short(e.ID), plain(e.AORs), plain(e.Auth), plain(e.IdentifyBy), plain(e.Transport), plain(e.Context), contacts})
	}
	return g
}

func aorsGrid(_ time.Time, rows []view.AOR) grid {
	g := grid{Columns: []string{"AOR", "Registered", "At most", "Replaces", "Expiration (min, default, max)", "Qualify every", "Permanent contact"}, Empty: "There is no AOR."}
	seconds := func(n *int64) string {
		if n == nil {
			return "–"
		}
		return strconv.FormatInt(*n, 10) + " s"
	}
	for _, a := range rows {
		contacts := short(strconv.FormatInt(a.Contacts, 10))
		if a.Contacts > 0 {
			contacts = link(contacts, "/", "aor", a.ID)
		}
		most := cell{Text: "0: nobody may register", Class: "bad"}
		if a.MaxContacts != nil && *a.MaxContacts > 0 {
			most = short(strconv.FormatInt(*a.MaxContacts, 10))
		}
		g.Rows = append(g.Rows, []cell{short(a.ID), contacts, most, short(a.RemoveExisting),
			short(seconds(a.MinimumExpiration) + ", " + seconds(a.DefaultExpiration) + ", " + seconds(a.MaximumExpiration)), short(seconds(a.QualifyFrequency)), code(a.Contact)})
	}
	return g
}

// beatsInTime is the age in seconds below which a heartbeat is as new as it is
// expected to be.
const beatsInTime = 6

func nodesGrid(now time.Time, rows []view.Node) grid {
	g := grid{Columns: []string{"Node", "State", "Heartbeat", "Version", "Started", "Listens on"}, Empty: "No node has ever run on this database."}
	for _, n := range rows {
		state := short(n.State)
		switch n.State {
		case "ready":
			state.Class += " good"
		case "silent":
			state = cell{Text: "silent: stopped without a word, or it can't reach the database", Class: "bad"}
		default:
			state.Class += " warn"
		}
		heartbeat := cell{Text: "in time", Class: "short"}
		if n.HeartbeatAge > beatsInTime {
			heartbeat = ago(now, n.HeartbeatAt)
		}
		if n.HeartbeatAt == nil {
			heartbeat = cell{Text: "never", Class: "short"}
		}
		g.Rows = append(g.Rows, []cell{link(short(n.Name), "/", "node", n.Name), state, heartbeat, short(n.Version), ago(now, n.StartedAt), code(strings.Join(n.Addresses, " "))})
	}
	return g
}

func failuresGrid(now time.Time, rows []view.Failure) grid {
	g := grid{Columns: []string{"User", "Source", "Why", "What was found", "What to do", "Times", "Last", "Node"}, Empty: "Nothing was refused."}
	for _, f := range rows {
		who := f.Username
		if who == "" {
			who = f.AOR
		}
		last := ago(now, f.LastSeen)
		if f.FirstSeen != nil {
			last.Title += ", first " + f.FirstSeen.UTC().Format(time.RFC3339)
		}
		g.Rows = append(g.Rows, []cell{link(short(who), "/failures", "text", who), link(address(f.Source), "/failures", "source", f.Source),
			link(short(f.Reason), "/failures", "reason", f.Reason), plain(f.Detail), plain(f.Hint), short(strconv.FormatInt(f.Count, 10)), last, short(f.Node)})
	}
	return g
}

func bansGrid(now time.Time, rows []view.Ban) grid {
	g := grid{Columns: []string{"Address", "Reason", "Until", "Since", "By"}, Empty: "Nobody is banned."}
	for _, b := range rows {
		g.Rows = append(g.Rows, []cell{address(b.CIDR), plain(b.Reason), ahead(now, b.Until, "for ever"), ago(now, b.CreatedAt), plain(b.CreatedBy)})
	}
	return g
}

func problemsGrid(_ time.Time, rows []view.Problem) grid {
	g := grid{Columns: []string{"Id", "Table", "Column", "Problem", "Remedy"}, Empty: "Nothing is wrong with the rows."}
	for _, p := range rows {
		g.Rows = append(g.Rows, []cell{short(p.ID), link(short(p.Table), "/problems", "table", p.Table), short(p.Column), plain(p.Problem), plain(p.Remedy)})
	}
	return g
}
