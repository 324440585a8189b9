package explain

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"registrard/reason"
)

// About is what is known of a user or a source, and what to do.
type About struct {
	// User and Source that were asked about; empty for none.
	User   string `json:"user"`
	Source string `json:"source"`
	// Registered are the contacts that are registered now.
	Registered []Registered `json:"registered"`
	Failures   []Failed     `json:"failures"`
	// Problems of the rows concerned.
	Problems []Problem `json:"problems"`
	// Now is what would become of the user's REGISTER now, when no failure says more.
	Now *Explanation `json:"now,omitempty"`
	// Advice is what to do, in plain words.
	Advice []string `json:"advice"`
}

// Registered is a contact that is registered now; ExpiresAt is nil for a
// permanent one.
type Registered struct {
	AOR       string     `json:"aor"`
	Contact   string     `json:"contact"`
	Source    string     `json:"source"`
	Node      string     `json:"node"`
	ExpiresAt *time.Time `json:"expires_at"`
	// RegisteredAt is nil for what registrard did not write.
	RegisteredAt *time.Time `json:"registered_at"`
	// Permanent is a contact that nobody registered (ps_aors.contact).
	Permanent bool `json:"permanent"`
}

// IsRegistered says that somebody is registered; a permanent contact is nobody.
func (a *About) IsRegistered() bool {
	return slices.ContainsFunc(a.Registered, func(r Registered) bool { return !r.Permanent })
}

// Problem is a row of provisioning_problems.
type Problem struct {
	Table   string `json:"table_name"`
	ID      string `json:"id"`
	Column  string `json:"column_name"`
	Problem string `json:"problem"`
	Remedy  string `json:"remedy"`
}

// FailureRow is a row of registration_failures.
type FailureRow struct {
	Source       netip.Prefix `json:"source"`
	Username     string       `json:"username"`
	AOR          string       `json:"aor"`
	Reason       string       `json:"reason"`
	Hint         string       `json:"hint"`
	Count        int64        `json:"count"`
	FirstSeen    time.Time    `json:"first_seen"`
	LastSeen     time.Time    `json:"last_seen"`
	Node         string       `json:"node"`
	Code         int          `json:"code"`
	Detail       string       `json:"detail"`
	Domain       string       `json:"domain"`
	AuthUsername string       `json:"auth_username"`
	Endpoint     string       `json:"endpoint"`
	Transport    string       `json:"transport"`
	UserAgent    string       `json:"user_agent"`
}

// Failed is a failure, and what would become of the same request now, with the
// right password.
type Failed struct {
	FailureRow
	// From shadows FailureRow.Source: the source as people write it.
	From string       `json:"source"`
	Now  *Explanation `json:"now,omitempty"`
	// Since says that the user has registered after it.
	Since bool `json:"registered_since"`
}

// InCredentials says whether a failure lies in what the phone shows, or showed
// before: only the phone can tell whether it would happen again.
func (f *FailureRow) InCredentials() bool {
	r := reason.ByName(f.Reason)
	return r != nil && Stage(r.Stage) == Auth && r != reason.AuthMissing // that is of a row
}

// OnTheWire says whether a failure lies in the message or the connection, and
// not in any row: only the phone can tell whether it would happen again.
func (f *FailureRow) OnTheWire() bool {
	r := reason.ByName(f.Reason)
	return r != nil && Stage(r.Stage) == Listener
}

// AuthName is the name in the phone's credentials.
func (f *FailureRow) AuthName() string {
	if f.AuthUsername != "" {
		return f.AuthUsername
	}
	return f.Username
}

// SourceText is the source as people write it: an address without its /32.
func (f *FailureRow) SourceText() string {
	if f.Source.IsSingleIP() {
		return f.Source.Addr().String()
	}
	return f.Source.String()
}

// mostAdvice bounds what is advised: the first things are what helps.
const mostAdvice = 8

// Advise works out what to do.
func (a *About) Advise() {
	a.Advice = []string{}
	add := func(format string, args ...any) {
		text := Printable(fmt.Sprintf(format, args...))
		if text != "" && !slices.Contains(a.Advice, text) && len(a.Advice) < mostAdvice {
			a.Advice = append(a.Advice, text)
		}
	}
	for i := range a.Failures {
		f := &a.Failures[i]
		f.Since = slices.ContainsFunc(a.Registered, func(r Registered) bool {
			return (r.AOR == f.AOR || r.AOR == f.Username) && r.RegisteredAt != nil && r.RegisteredAt.After(f.LastSeen)
		})
		who := ""
		if a.User == "" {
			who = quote(f.Username) + ": "
		}
		switch {
		case f.Since:
		case f.OnTheWire():
			add("%s%s", who, f.Hint)
		case f.Now != nil && !f.Now.Accepted:
			advise(add, f.Now)
		case f.InCredentials():
			add("%s%s", who, f.Hint)
			if f.Reason == reason.WrongPassword.Name {
				add("Is it the password that you think? registrard explain --user %s --password-stdin", shellWord(f.Username))
			}
		case f.Now != nil && f.Now.Accepted:
			add("%s of %s was mended since: with its password right, it would be accepted now.", f.Reason, quote(f.Username))
		default:
			add("%s%s", who, f.Hint)
		}
	}
	if len(a.Failures) == 0 && !a.IsRegistered() && (a.Now == nil || a.Now.Accepted) {
		add("No node has refused it. Either its requests reach no node (address, port and transport of the server in the phone, firewall, load balancer), its address is banned (registrard why --source ADDRESS), what comes from there is no SIP (the same shows it), " +
			"or it is challenged and never answers: is there a password in the phone?")
	}
	for _, p := range a.Problems {
		if p.Remedy != "" {
			add("%s %s, column %s: %s", p.Table, quote(p.ID), p.Column, p.Remedy)
		}
	}
	if len(a.Failures) == 0 && a.Now != nil && !a.Now.Accepted {
		advise(add, a.Now)
	}
}

// shellWord is a text that can be pasted into a shell.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// advise says what to do about a refusal.
func advise(add func(string, ...any), e *Explanation) {
	told := false
	for _, s := range e.Steps {
		if s.Remedy != "" && helps(s) {
			add("%s: %s", s.Detail, s.Remedy)
			told = true
		}
	}
	if !told {
		add("%s", e.Hint)
	}
}

// Print writes what is known for a person; now is the time to count from.
func (a *About) Print(w io.Writer, t Terminal, now time.Time) error {
	var b strings.Builder
	who := Printable(a.User)
	if who == "" {
		who = a.Source
	}
	for _, r := range a.Registered {
		if r.Permanent {
			fmt.Fprintf(&b, "%s   %s is %s, for ever; nobody registered it (ps_aors.contact, or a row without expiry)\n", t.colour(green, "permanent"), Printable(r.AOR), Printable(r.Contact))
			continue
		}
		until := "for ever"
		if r.ExpiresAt != nil {
			until = "for " + inWords(r.ExpiresAt.Sub(now)) + " more"
		}
		fmt.Fprintf(&b, "%s  %s is %s, from %s by node %s, %s\n", t.colour(green, "registered"), Printable(r.AOR), Printable(r.Contact), r.Source, Printable(r.Node), until)
	}
	if !a.IsRegistered() {
		fmt.Fprintf(&b, "%s is not registered.\n", who)
	}
	b.WriteString("\n")
	for i := range a.Failures {
		a.Failures[i].print(&b, t, now)
	}
	if len(a.Failures) == 0 {
		fmt.Fprintf(&b, "No failure of %s is known (registration_failures).\n", who)
		if a.Now != nil && !a.Now.Accepted {
			fmt.Fprintf(&b, "\nBut it would be refused now: %s\n", t.colour(red, a.Now.headline()))
			b.WriteString(Table(worthTelling(a.Now.Steps), t))
		}
		b.WriteString("\n")
	}
	for _, p := range a.Problems {
		fmt.Fprintf(&b, "%s    %s\n", t.colour(yellow, "problem"), t.wrap(Printable(fmt.Sprintf("%s %s, column %s: %s", p.Table, quote(p.ID), p.Column, p.Problem)), 11))
	}
	if len(a.Problems) > 0 {
		b.WriteString("\n")
	}
	if len(a.Advice) > 0 {
		b.WriteString("What to do:\n")
		for _, s := range a.Advice {
			fmt.Fprintf(&b, "  - %s\n", t.wrap(s, 4))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// print writes one failure: what happened, and what it would be now.
func (f *Failed) print(b *strings.Builder, t Terminal, now time.Time) {
	times := "once"
	if f.Count > 1 {
		times = fmt.Sprintf("%d times in %s", f.Count, inWords(f.LastSeen.Sub(f.FirstSeen)))
	}
	code := "no answer"
	if f.Code != 0 {
		code = fmt.Sprint(f.Code)
	}
	fmt.Fprintf(b, "%s  %s  %s from %s, %s, %s ago (node %s)\n", t.colour(red, f.Reason), code, quote(f.Username), f.SourceText(), times,
		inWords(now.Sub(f.LastSeen)), Printable(f.Node))
	line := func(s string) {
		if s != "" {
			fmt.Fprintf(b, "    %s\n", t.wrap(s, 4))
		}
	}
	line(Printable(f.Detail))
	if f.UserAgent != "" {
		line("phone: " + Printable(f.UserAgent) + ", " + Printable(f.Transport))
	}
	switch {
	case f.Since:
		line("it has registered since")
	case f.Now == nil:
	case !f.Now.Accepted && f.Now.Reason != f.Reason:
		line("now it would be " + f.Now.headline() + ", " + f.Now.Detail)
	case f.Now.Accepted && f.Reason == reason.RateLimited.Name:
		line("once it gets an answer again, with the right credentials it would be accepted")
	case f.Now.Accepted && f.InCredentials():
		line("with the right credentials it would be accepted")
	case f.Now.Accepted:
		line("now it would be accepted, if its password is right")
	}
	b.WriteString("\n")
}

// worthTelling leaves out what went well.
func worthTelling(list []Step) []Step {
	return slices.DeleteFunc(slices.Clone(list), func(s Step) bool { return !helps(s) })
}

// helps says that a step is a reason. Which nodes listen now is none: they
// needn't be there to be asked about.
func helps(s Step) bool { return s.Outcome == Refuse || s.Outcome == NearMiss && s.Stage != Listener }

// inWords is a duration in one unit: 12 s, 3 min, 5 h, 2 d.
func inWords(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}
