package explain

import (
	"net/netip"
	"slices"
	"strings"

	"registrard/asterisk/by"
	"registrard/digest"
	"registrard/identify"
	"registrard/registrar"
)

// Failure is a refused REGISTER as registration_failures keeps it. The texts
// are as they came from the wire; who stores them makes them fit.
type Failure struct {
	// Source has no port: a phone's changes behind NAT.
	Source netip.Addr
	// Username is the user of From, or the name in the credentials where that
	// is what the endpoint is identified by, or where From has none.
	Username, Domain string
	// AuthUsername is the name in the credentials, when it is another.
	AuthUsername string
	// Endpoint is empty when none was found.
	AOR, Endpoint        string
	Reason, Detail, Hint string
	Code                 int
	Transport, UserAgent string
}

// FailureOf says whether an outcome is a failure worth a row, and which. No
// failure is a challenge: neither a routine reason, nor any 401 to a request
// without credentials, to which a phone answers with credentials. What the
// database or an overload cost is no failure of the phone.
func FailureOf(q *registrar.Request, o *registrar.Outcome) (Failure, bool) {
	r := o.Refusal
	if r == nil || r.Routine || r.Code == 503 || r.Code == 401 && !shown(q) {
		return Failure{}, false
	}
	f := Failure{
		Source: q.Facts.Source.Addr().WithZone(""), Username: q.Facts.FromUser, Domain: q.Facts.FromHost, AOR: q.Ask.To.User,
		Reason: r.Name, Detail: r.Detail, Hint: r.Hint, Code: r.Code,
		Transport: q.Ask.Way.Transport, UserAgent: q.Ask.UserAgent,
	}
	if o.Change.AOR != nil {
		f.AOR = o.Change.AOR.ID
	}
	if o.Finding.Endpoint != nil {
		f.Endpoint = o.Finding.Endpoint.ID
	} else if at := slices.IndexFunc(o.Finding.Tried, func(a identify.Attempt) bool { return a.Outcome == identify.NotAllowed }); at >= 0 {
		f.Endpoint = o.Finding.Tried[at].Row
	}
	if at := slices.IndexFunc(q.Credentials.List, func(c digest.Credential) bool { return c.Username != "" }); at >= 0 {
		name := q.Credentials.List[at].Username
		switch {
		case f.Username == "" || o.Finding.Method == by.AuthUsername:
			f.Username = name
		case name != f.Username:
			f.AuthUsername = name
		}
	}
	if site := o.Finding.Site; site != nil && site.Global.IgnoreURIUserOptions {
		f.Username, _, _ = strings.Cut(f.Username, ";")
	}
	return f, f.Source.IsValid()
}
