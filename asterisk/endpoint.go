package asterisk

import (
	"slices"
	"strings"

	"registrard/asterisk/by"
)

// Endpoint is a row of ps_endpoints with the rows that its lists name, decoded
// once and shared: nobody changes it after DecodeEndpoint.
type Endpoint struct {
	ID string
	// AORNames is ps_endpoints.aors: its order, blanks trimmed, empty items gone.
	AORNames []string
	// AORs are the ps_aors rows that exist, in the order of AORNames.
	AORs []AOR
	// AuthNames is ps_endpoints.auth, likewise. An endpoint with no AuthNames
	// is not challenged; one whose names lead to no row always fails.
	AuthNames []string
	// Auths are the ps_auths rows that exist, in the order of AuthNames.
	Auths []Auth
	// IdentifyBy is ps_endpoints.identify_by in lower case; NULL is username,ip.
	IdentifyBy []string
	// Transport is ps_endpoints.transport.
	Transport string
	// ForceRport is ps_endpoints.force_rport: answer to the source port though
	// Via has no rport. NULL is true.
	ForceRport bool
	// RewriteContact is ps_endpoints.rewrite_contact: store the packet's source
	// instead of the Contact's host and port. NULL is false.
	RewriteContact bool
	// SourceACL is deny, permit and acl; ContactACL is contact_deny,
	// contact_permit and contact_acl.
	SourceACL, ContactACL acl
	// Problems of this row and of those it names.
	Problems []Problem
}

// AOR finds the ps_aors row of a name, nil when it does not exist.
func (e *Endpoint) AOR(name string) *AOR {
	for i := range e.AORs {
		if e.AORs[i].ID == name {
			return &e.AORs[i]
		}
	}
	return nil
}

// EndpointRow is a ps_endpoints row as the columns hold it; nil is NULL.
type EndpointRow struct {
	ID             string  `json:"id"`
	Transport      *string `json:"transport"`
	AORs           *string `json:"aors"`
	Auth           *string `json:"auth"`
	IdentifyBy     *string `json:"identify_by"`
	ForceRport     *string `json:"force_rport"`
	RewriteContact *string `json:"rewrite_contact"`
	Deny           *string `json:"deny"`
	Permit         *string `json:"permit"`
	ACL            *string `json:"acl"`
	ContactDeny    *string `json:"contact_deny"`
	ContactPermit  *string `json:"contact_permit"`
	ContactACL     *string `json:"contact_acl"`
}

// identifyMethods are the words of ps_endpoints.identify_by: the methods but
// anonymous, and one that Asterisk has besides.
var identifyMethods = []string{string(by.Username), string(by.AuthUsername), string(by.IP), string(by.Header), string(by.RequestURI), "transport"}

// usernameIP is ps_endpoints.identify_by of almost all, who share it.
var usernameIP = []string{string(by.Username), string(by.IP)}

// whole is an endpoint with the one AOR and the one auth that most have, in one
// piece of memory: each REGISTER reads all of it, and of many endpoints none is
// near the processor.
type whole struct {
	Endpoint
	aor   [1]AOR
	auth  [1]Auth
	names [2]string
}

// DecodeEndpoint decodes an endpoint with the rows that its lists name; rows
// that its lists don't name are ignored, and their order doesn't matter. It
// never fails: see Problem.
func DecodeEndpoint(er EndpointRow, aors []AORRow, auths []AuthRow) *Endpoint {
	r := &row{table: "ps_endpoints", id: Unescape(er.ID)}
	w := &whole{}
	e := &w.Endpoint
	*e = Endpoint{
		ID:             r.id,
		AORNames:       r.names("aors", er.AORs),
		AuthNames:      r.names("auth", er.Auth),
		IdentifyBy:     r.identifyBy(er.IdentifyBy),
		Transport:      text(er.Transport),
		ForceRport:     r.boolean("force_rport", er.ForceRport, true),
		RewriteContact: r.boolean("rewrite_contact", er.RewriteContact, false),
		SourceACL:      parseACL(er.Deny, er.Permit, er.ACL),
		ContactACL:     parseACL(er.ContactDeny, er.ContactPermit, er.ContactACL),
	}
	if e.AuthNames == nil && text(er.Auth) != "" {
		// A list of commas alone: somebody wanted a password here. It leads
		// to no row, so it always fails, rather than let everybody in.
		e.AuthNames = []string{text(er.Auth)}
	}
	r.acl("deny", "permit, acl", e.SourceACL)
	r.acl("contact_deny", "contact_permit, contact_acl", e.ContactACL)

	e.AORNames = r.within(w.names[:1], e.AORNames)
	e.AuthNames = r.within(w.names[1:], e.AuthNames)

	var named []Problem
	for _, name := range e.AORNames {
		i := slices.IndexFunc(aors, func(a AORRow) bool { return Unescape(a.ID) == name })
		if i < 0 {
			r.problem("aors", "names "+quote(name)+", but ps_aors has no such row",
				"insert the row into ps_aors, or take the name out of the list")
			continue
		}
		a := DecodeAOR(aors[i])
		a.ID = name
		if e.AORs == nil {
			e.AORs = w.aor[:0]
		}
		e.AORs = append(e.AORs, a)
		named = append(named, a.Problems...)
	}
	for _, name := range e.AuthNames {
		i := slices.IndexFunc(auths, func(a AuthRow) bool { return Unescape(a.ID) == name })
		if i < 0 {
			r.problem("auth", "names "+quote(name)+", but ps_auths has no such row",
				"insert the row into ps_auths, or take the name out of the list")
			continue
		}
		a := DecodeAuth(auths[i])
		a.ID, a.Username = name, same(a.Username, name)
		if e.Auths == nil {
			e.Auths = w.auth[:0]
		}
		e.Auths = append(e.Auths, a)
		named = append(named, a.Problems...)
	}
	e.Problems = append(r.problems, named...)
	return e
}

// within puts a list of one name into its room. A name that is the endpoint's
// own, as most are, is the same text in memory.
func (r *row) within(room, names []string) []string {
	for i := range names {
		names[i] = same(names[i], r.id)
	}
	if len(names) != 1 {
		return names
	}
	room[0] = names[0]
	return room[:1:1]
}

// same is other when s is equal to it, else s.
func same(s, other string) string {
	if s == other {
		return other
	}
	return s
}

// names reads a list of row ids.
func (r *row) names(column string, s *string) []string {
	t := text(s)
	r.semicolon(column, t)
	names := uniqueList(t)
	if t != "" && len(names) == 0 {
		r.problem(column, "is "+quote(t)+", a list without a name", "write the ids, separated by commas, or NULL")
		return nil
	}
	return names
}

// semicolon tells of a list with a semicolon between its items. (Asterisk cuts
// a realtime value there, so its reading and ours would differ silently.)
func (r *row) semicolon(column, t string) {
	if strings.Contains(t, ";") {
		r.problem(column, "holds a semicolon: "+quote(t), "separate the items by commas")
	}
}

// identifyBy reads ps_endpoints.identify_by. A word that is none never
// matches, so an endpoint with such words alone is identified by nothing.
func (r *row) identifyBy(s *string) []string {
	t := strings.ToLower(text(s))
	if t == "" || t == "username,ip" {
		return usernameIP
	}
	methods := []string{}
	for _, m := range uniqueList(t) {
		i := slices.Index(identifyMethods, m)
		if i < 0 {
			r.problem("identify_by", "has "+quote(m)+", which is no method",
				"use "+strings.Join(identifyMethods, ", "))
			continue
		}
		methods = append(methods, identifyMethods[i])
	}
	return methods
}

func (r *row) acl(column, others string, l acl) {
	if l.Broken {
		r.problem(column, "this or "+others+" can't be read, so no address is allowed: "+l.Why,
			"write addresses and networks, such as 192.0.2.0/24, into deny and permit")
	}
}
