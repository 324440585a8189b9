package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
)

// nearMisses looks, after all is decided, for what almost was right. It asks
// the database only about names that were looked for in vain.
func (x *Explainer) nearMisses(ctx context.Context, s *steps, t *trip) error {
	found, r := &t.last.Finding, t.last.Refusal
	if refusedAt(r) == Identify {
		if err := x.nearEndpoints(ctx, s, t); err != nil {
			return err
		}
		nearAddresses(s, t)
	}
	if r != nil && found.Endpoint != nil {
		if err := x.otherEndpoint(ctx, s, t); err != nil {
			return err
		}
	}
	if refusedAt(r) == Auth {
		if err := x.nearAuths(ctx, s, t); err != nil {
			return err
		}
	}
	if refusedAt(r) == AOR {
		if err := x.nearAORs(ctx, s, t); err != nil {
			return err
		}
	}
	x.wrongInRows(s, t)
	return nil
}

// blanks are what Asterisk and registrard take away around an item of a list,
// but not around an id.
const blanks = " \t\n\r\f\v"

// nearEndpoints tells of rows that look like the name in From.
func (x *Explainer) nearEndpoints(ctx context.Context, s *steps, t *trip) error {
	facts := &t.lastAsked.Facts
	names := []string{facts.FromUser}
	for _, a := range facts.AuthUsers {
		if !slices.Contains(names, a.Username) {
			names = append(names, a.Username)
		}
	}
	for _, name := range names[:min(len(names), 4)] {
		if name == "" {
			continue
		}
		rows, err := x.options.Rows.Near(ctx, name)
		if err != nil {
			return err
		}
		before := len(*s)
		for i := range rows {
			nearEndpoint(s, t, name, &rows[i])
		}
		if len(*s) == before && !slices.ContainsFunc(rows, func(r NearRow) bool { return r.Table == "ps_endpoints" }) {
			nearOther(s, name, rows)
		}
	}
	return nil
}

// nearEndpoint tells what one row of ps_endpoints, or one of ps_auths, has to
// do with a name.
func nearEndpoint(s *steps, t *trip, name string, row *NearRow) {
	switch row.Table {
	case "ps_endpoints":
		id := asterisk.Unescape(row.ID)
		user, domain, hasDomain := strings.Cut(strings.Trim(id, blanks), "@")
		switch {
		case slices.ContainsFunc(t.last.Finding.Tried, func(a identify.Attempt) bool { return a.Outcome == identify.NotAllowed && a.Row == id }):
			// told already
		case strings.Trim(id, blanks) != id:
			trimmed := strings.Trim(row.ID, blanks)
			s.near(Identify, "UPDATE ps_endpoints SET id = "+literal(trimmed)+" WHERE id = "+literal(row.ID)+";",
				"ps_endpoints has %s, with %s", quote(id), whereBlank(id))
		case user != name && strings.Trim(name, blanks) == user:
			s.near(Identify, "take the blank out of the phone's user name", "ps_endpoints has %s; the phone says %s, with %s", quote(id), quote(name), whereBlank(name))
		case user != name:
			s.near(Identify, fmt.Sprintf("let the phone's user name be %s: ids are compared in their case", quote(user)),
				"ps_endpoints has %s, in another case than the phone's %s", quote(id), quote(name))
		case hasDomain:
			host := t.lastAsked.Facts.FromHost
			s.near(Identify, fmt.Sprintf("let the phone's domain be %s, or: INSERT INTO ps_domain_aliases (id, domain) VALUES (%s, %s);",
				quote(domain), literal(host), literal(domain)),
				"ps_endpoints has %s: the right user in another domain than the phone's %s", quote(id), quote(host))
		}
	case "ps_auths":
		if username := asterisk.Unescape(strings.Trim(row.Username, blanks)); username == name && len(row.Endpoints) > 0 {
			for _, e := range row.Endpoints {
				if user, _, _ := strings.Cut(strings.Trim(asterisk.Unescape(e), blanks), "@"); strings.EqualFold(user, name) {
					return // told as an endpoint's id
				}
			}
			e := asterisk.Unescape(row.Endpoints[0])
			s.near(Identify, fmt.Sprintf("let the phone's user name be %s and its authentication name %s, or add auth_username to ps_endpoints.identify_by of %s",
				quote(e), quote(name), quote(e)),
				"ps_auths %s has the user name %s, and belongs to the endpoint %s", quote(asterisk.Unescape(row.ID)), quote(name), quote(e))
		}
	}
}

// nearOther tells of rows of other tables, when no endpoint looks like a name.
func nearOther(s *steps, name string, rows []NearRow) {
	has := func(table string) bool {
		return slices.ContainsFunc(rows, func(r NearRow) bool { return r.Table == table && strings.Trim(r.ID, blanks) == asterisk.Escape(name) })
	}
	aor, auth := has("ps_aors"), has("ps_auths")
	id := idLiteral(name)
	switch {
	case aor && auth:
		s.near(Identify, "INSERT INTO ps_endpoints (id, aors, auth) VALUES ("+id+", "+id+", "+id+");",
			"ps_aors and ps_auths have a row %s, ps_endpoints has none", quote(name))
	case aor:
		s.near(Identify, "insert its rows into ps_auths and ps_endpoints", "ps_aors has a row %s, ps_endpoints has none", quote(name))
	case auth:
		s.near(Identify, "insert its rows into ps_aors and ps_endpoints", "ps_auths has a row %s, ps_endpoints has none", quote(name))
	}
}

func whereBlank(s string) string {
	front := strings.TrimLeft(s, blanks) != s
	back := strings.TrimRight(s, blanks) != s
	switch {
	case front && back:
		return "blanks around it"
	case front:
		return "a blank before it"
	}
	return "a blank after it"
}

// otherEndpoint tells of an endpoint with the phone's own name, when another
// one was found by its address or a header.
func (x *Explainer) otherEndpoint(ctx context.Context, s *steps, t *trip) error {
	f := &t.last.Finding
	user := t.lastAsked.Facts.FromUser
	byRow := f.Method == by.IP || f.Method == by.Header || f.Method == by.RequestURI
	if !byRow && f.Method != by.Anonymous || user == "" || user == f.Endpoint.ID {
		return nil
	}
	e, err := x.options.Directory.Endpoint(ctx, user, true)
	if err != nil || e == nil {
		return err
	}
	s.near(Identify, fmt.Sprintf("narrow the match of row %s, or put username before %s in ps_globals.endpoint_identifier_order", quote(f.Row), f.Method),
		"endpoint %s exists too, but %s goes first, and row %s of ps_endpoint_id_ips takes this request for %s",
		quote(user), f.Method, quote(f.Row), quote(f.Endpoint.ID))
	return nil
}

// nearAuths tells what the credentials would have fitted.
func (x *Explainer) nearAuths(ctx context.Context, s *steps, t *trip) error {
	e, r := t.last.Finding.Endpoint, t.last.Refusal
	if e == nil {
		return nil
	}
	if r.Reason == reason.AuthMissing {
		return x.missingAuths(ctx, s, e)
	}
	for i := range t.lastAsked.Credentials.List {
		cred := &t.lastAsked.Credentials.List[i]
		for j := range e.Auths {
			a := &e.Auths[j]
			x.nearAuth(s, t, cred, a, r)
		}
		if t.Password != "" && shown(t.firstAsked) {
			if digest.Fits(method, cred, t.Password) {
				s.near(Auth, "", "the phone used the password that you gave; ps_auths has another")
			} else if r.Reason == reason.WrongPassword {
				s.near(Auth, "", "the phone used another password than the one that you gave")
			}
		}
	}
	return nil
}

func (x *Explainer) nearAuth(s *steps, t *trip, cred *digest.Credential, a *asterisk.Auth, r *reason.Refusal) {
	set := func(column, value string) string {
		return "UPDATE ps_auths SET " + column + " = " + value + " WHERE id = " + idLiteral(a.ID) + ";"
	}
	want := x.realmOf(a, t.last.Finding.Site)
	switch r.Reason {
	case reason.UnknownAuthUser:
		switch trimmed := strings.TrimSpace(cred.Username); {
		case cred.Username == a.Username:
		case trimmed == a.Username:
			s.near(Auth, "take the blank out of the phone's authentication name", "the phone's name is %s with blanks around it", quote(a.Username))
		case strings.EqualFold(trimmed, a.Username):
			s.near(Auth, "names are compared in their case: make one like the other", "ps_auths %s has %s, the phone says %s: another case",
				quote(a.ID), quote(a.Username), quote(cred.Username))
		default:
			user, _, hasDomain := strings.Cut(cred.Username, "@")
			remedy := fmt.Sprintf("let the phone's authentication name be %s, or: %s", quote(a.Username), set("username", literal(cred.Username)))
			if hasDomain && user == a.Username {
				remedy = fmt.Sprintf("let the phone's authentication name be %s, without a domain", quote(a.Username))
			}
			s.near(Auth, remedy, "ps_auths %s has the user name %s, the phone says %s", quote(a.ID), quote(a.Username), quote(cred.Username))
		}
	case reason.WrongRealm:
		if cred.Username != a.Username {
			return
		}
		password := "the password can't be checked in that realm"
		switch {
		case a.Password != "" && digest.Fits(method, cred, a.Password):
			password = "the password itself is right"
		case a.Password != "":
			password = "and the password is wrong too"
		}
		s.near(Auth, fmt.Sprintf("leave the phone's realm empty, or set it to %s (a phone takes it from the challenge)", quote(want)),
			"the digest was made for realm %s; realm %s is asked for; %s", quote(cred.Realm), quote(want), password)
	case reason.WrongPassword:
		if !digest.HasDigest(a, cred.Algorithm) || cred.Username != a.Username {
			return
		}
		if a.Password != "" && digest.Fits(method, cred, a.Password) {
			s.near(Auth, set("password_digest", "NULL")+" -- or make it anew for this realm and password",
				"the phone's password is that of ps_auths.password, but password_digest, which goes first, was made for another password or realm")
			return
		}
		for _, realm := range x.realms(t) {
			if t.Password != "" && realm != want && digest.MadeFor(a, cred.Algorithm, realm, t.Password) {
				s.near(Auth, fmt.Sprintf("%s -- or make the digest anew for realm %s", set("realm", literal(realm)), quote(want)),
					"the stored %s digest was made for realm %s; realm %s is asked for", cred.Algorithm, quote(realm), quote(want))
				return
			}
		}
		s.near(Auth, fmt.Sprintf("if the password is right, make the digest anew: it binds user name and realm, %s:%s:password", a.Username, want),
			"ps_auths %s holds a stored %s digest, which is right for one realm only", quote(a.ID), cred.Algorithm)
	}
}

// realms are those that a stored digest may have been made for.
func (x *Explainer) realms(t *trip) []string {
	var list []string
	add := func(realm string) {
		if realm != "" && !slices.Contains(list, realm) {
			list = append(list, realm)
		}
	}
	add("asterisk")
	add(x.options.Realm)
	if site := t.last.Finding.Site; site != nil {
		add(site.Global.DefaultRealm)
		add(site.Alias(t.lastAsked.Facts.FromHost))
	}
	add(t.lastAsked.Facts.FromHost)
	add(t.lastAsked.Ask.To.Host)
	add(t.lastAsked.Facts.Domain)
	for i := range t.last.Finding.Endpoint.Auths {
		add(t.last.Finding.Endpoint.Auths[i].Realm)
	}
	_, domain, _ := strings.Cut(t.last.Finding.Endpoint.ID, "@")
	add(domain)
	add("")
	return list
}

// missingAuths tells of rows that look like the names in ps_endpoints.auth.
func (x *Explainer) missingAuths(ctx context.Context, s *steps, e *asterisk.Endpoint) error {
	for _, name := range e.AuthNames {
		if slices.ContainsFunc(e.Auths, func(a asterisk.Auth) bool { return a.ID == name }) {
			continue
		}
		rows, err := x.options.Rows.Near(ctx, name)
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].Table == "ps_auths" {
				nearID(s, Auth, "ps_auths", "ps_endpoints.auth", e.ID, name, &rows[i])
			}
		}
	}
	return nil
}

// nearID tells of a row whose id looks like a name of an endpoint's list.
func nearID(s *steps, stage Stage, table, list, endpoint, name string, row *NearRow) {
	id := asterisk.Unescape(row.ID)
	trimmed := strings.Trim(id, blanks)
	switch {
	case id == name:
	case trimmed == name:
		s.near(stage, "UPDATE "+table+" SET id = "+idLiteral(name)+" WHERE id = "+literal(row.ID)+";", "%s has %s, with %s", table, quote(id), whereBlank(id))
	case strings.EqualFold(trimmed, name):
		s.near(stage, fmt.Sprintf("make %s of %s and the id alike", list, quote(endpoint)), "%s has %s, in another case than %s", table, quote(id), quote(name))
	case strings.Contains(trimmed, "@") != strings.Contains(name, "@"):
		s.near(stage, fmt.Sprintf("write %s into %s of %s", quote(id), list, quote(endpoint)), "%s has %s, which looks like %s", table, quote(id), quote(name))
	}
}

// nearAORs tells of names and rows that look like the AOR.
func (x *Explainer) nearAORs(ctx context.Context, s *steps, t *trip) error {
	e, r := t.last.Finding.Endpoint, t.last.Refusal
	user, host := t.lastAsked.Ask.To.User, t.lastAsked.Ask.To.Host
	for _, name := range e.AORNames {
		local, domain, _ := strings.Cut(name, "@")
		switch {
		case r.Reason != reason.AORNotListed:
		case local == user && domain != "":
			s.near(AOR, fmt.Sprintf("let the phone's domain be %s", quote(domain)), "ps_endpoints.aors lists %s: the right user in another domain than %s", quote(name), quote(host))
		case strings.EqualFold(local, user) && local != user:
			s.near(AOR, fmt.Sprintf("let the phone register %s", quote(local)), "ps_endpoints.aors lists %s, in another case than %s", quote(name), quote(user))
		}
	}
	if r.Reason == reason.AORMissing {
		for _, name := range e.AORNames {
			if e.AOR(name) != nil {
				continue
			}
			rows, err := x.options.Rows.Near(ctx, name)
			if err != nil {
				return err
			}
			before := len(*s)
			for i := range rows {
				if rows[i].Table == "ps_aors" {
					nearID(s, AOR, "ps_aors", "ps_endpoints.aors", e.ID, name, &rows[i])
				}
			}
			if len(*s) == before {
				s.near(AOR, "INSERT INTO ps_aors (id, max_contacts) VALUES ("+idLiteral(name)+", 1);", "ps_aors has no row that looks like %s", quote(name))
			}
		}
		return nil
	}
	rows, err := x.options.Rows.Near(ctx, user)
	if err != nil || user == "" {
		return err
	}
	for i := range rows {
		row := &rows[i]
		if id := asterisk.Unescape(row.ID); row.Table == "ps_aors" && id == user {
			if len(row.Endpoints) > 0 {
				s.near(AOR, "let the phone register with that endpoint's user name and password",
					"the AOR %s is listed by the endpoint %s, but the request came from %s", quote(id), quote(asterisk.Unescape(row.Endpoints[0])), quote(e.ID))
				continue
			}
			aors := strings.Join(append(slices.Clone(e.AORNames), id), ",")
			s.near(AOR, "UPDATE ps_endpoints SET aors = "+idLiteral(aors)+" WHERE id = "+idLiteral(e.ID)+";",
				"ps_aors has %s, but no endpoint lists it", quote(id))
		}
	}
	return nil
}

// wrongInRows tells what the rows on the way have wrong.
func (x *Explainer) wrongInRows(s *steps, t *trip) {
	var problems []asterisk.Problem
	e := t.last.Finding.Endpoint
	if e == nil {
		e = t.notAllowed
	}
	if e != nil {
		problems = append(problems, e.Problems...)
		for i := range t.last.Finding.Site.Matches {
			if m := &t.last.Finding.Site.Matches[i]; m.Endpoint == e.ID {
				problems = append(problems, m.Problems...)
			}
		}
	}
	for _, p := range problems {
		s.near(stageOfColumn(p.Table, p.Column), p.Remedy, "%s %s: %s %s", p.Table, quote(p.ID), p.Column, p.What)
	}
}

func stageOfColumn(table, column string) Stage {
	switch table {
	case "ps_auths":
		return Auth
	case "ps_aors":
		return Policy
	case "ps_endpoints":
		switch {
		case column == "aors":
			return AOR
		case column == "auth":
			return Auth
		case strings.Contains(column, "permit") || strings.Contains(column, "deny") || strings.Contains(column, "acl"):
			return ACL
		}
	}
	return Identify
}
