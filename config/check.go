package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"reflect"
	"strconv"
	"strings"
)

var (
	listenerType = reflect.TypeFor[Listener]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
)

// check holds a decoded Config against its tags, and its keys against each
// other. A key that has a mistake already is not looked at again.
func (l *loading) check(c *Config) {
	root := reflect.ValueOf(c).Elem()
	for i := range l.schema.fields {
		f := &l.schema.fields[i]
		if l.wrong[f.key] {
			continue
		}
		v := root.FieldByIndex(f.index)
		if f.limits != "" {
			if err := checkRange(f, v); err != nil {
				l.wrongValue(f.key, err.Error())
			}
		}
		if f.oneof != nil {
			l.checkWords(f, v)
		}
	}
	l.checkDatabase(&c.Database)
	if !l.wrong["listen"] {
		l.checkListeners(c)
	}
	l.checkTLS(&c.TLS)
	l.checkRest(c)
}

// checkRange compares by the type's own order: bytes, time, numbers.
func checkRange(f *field, v reflect.Value) error {
	low, high, _ := strings.Cut(f.limits, "..")
	a, err := decodeText(nil, f.typ, low)
	if err != nil {
		return err
	}
	b, err := decodeText(nil, f.typ, high)
	if err != nil {
		return err
	}
	if n := number(v); n >= number(reflect.ValueOf(a)) && n <= number(reflect.ValueOf(b)) {
		return nil
	}
	return fmt.Errorf("want %s to %s", low, high)
}

func number(v reflect.Value) float64 {
	switch x := v.Interface().(type) {
	case Duration:
		return float64(x.Duration)
	case float64:
		return x
	}
	return float64(v.Int())
}

// checkWords puts words into the spelling of the tag.
func (l *loading) checkWords(f *field, v reflect.Value) {
	if !f.list() {
		if word := canonical(v.String(), f.oneof); word != "" {
			v.SetString(word)
		} else if v.String() != "" || f.def != "" {
			l.wrongValue(f.key, "want "+either(f.oneof))
		}
		return
	}
	seen := map[string]bool{}
	for i := range v.Len() {
		item := fmt.Sprintf("%s[%d]", f.key, i)
		word := canonical(v.Index(i).String(), f.oneof)
		switch {
		case word == "":
			l.mistake(item, v.Index(i).String(), "want "+either(f.oneof), l.whereOf(item))
		case seen[word]:
			l.mistake(item, word, "is there twice; want it once", l.whereOf(item))
		}
		seen[word] = true
		v.Index(i).SetString(word)
	}
	if v.Len() == 0 {
		l.wrongValue(f.key, "is empty; want one or more of "+strings.Join(f.oneof, ", "))
	}
}

func (l *loading) whereOf(item string) string {
	if o, ok := l.origin[item]; ok {
		return o.where
	}
	base, _, _ := strings.Cut(item, "[")
	return l.origin[base].where
}

func canonical(word string, words []string) string {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return w
		}
	}
	return ""
}

func either(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// unreadable is said of a connection text that pgx can't read.
const unreadable = "can't be read; want postgres://user@host:5432/name?sslmode=… or host=… dbname=…, reserved characters of a password percent-encoded, and files it names to be there"

// checkDatabase has the connection texts read as pgx will: they may hold a
// password, so no parser's error is passed on.
func (l *loading) checkDatabase(d *Database) {
	for _, u := range []struct {
		key, text string
		pool      bool
	}{{"database.url", d.URL, true}, {"database.listen_url", d.ListenURL, false}} {
		scheme, _, isURL := strings.Cut(u.text, "://")
		isURL = isURL && !strings.ContainsAny(scheme, "= ")
		switch {
		case u.text == "" || l.wrong[u.key]:
		case isURL && scheme != "postgres" && scheme != "postgresql",
			!isURL && !strings.Contains(u.text, "="):
			l.wrongValue(u.key, "want postgres://user@host/name, or host=… user=… dbname=…")
		case !readable(u.text, u.pool):
			l.wrongValue(u.key, unreadable)
		default:
			for _, wrong := range wrongNames(u.text, u.pool) {
				l.wrongValue(u.key, wrong)
			}
		}
	}
	if least := 2*d.Writers + 2; !l.wrong["database.max_connections"] && !l.wrong["database.writers"] && d.MaxConnections < least {
		l.wrongValue("database.max_connections", fmt.Sprintf("want at least %d: two for each of database.writers, and two to read", least))
	}
}

func (l *loading) checkListeners(c *Config) {
	if len(c.Listen) == 0 {
		l.wrongValue("listen", "is empty; "+errListener.Error())
	}
	seen := map[string]bool{}
	for i, ln := range c.Listen {
		item := fmt.Sprintf("listen[%d]", i)
		if socket := ln.socket(); seen[socket] && !strings.HasSuffix(socket, ":0") {
			l.mistake(item, ln.String(), "another listener has this address already; want another port", l.whereOf(item))
		} else {
			seen[socket] = true
		}
		if ln.ProxyProtocol != "off" && len(c.TrustedProxies) == 0 && !l.wrong["trusted_proxies"] {
			l.mistake(item, ln.String(), "has proxy_protocol, but trusted_proxies is empty, so that no header would be believed; want your load balancers' networks there", l.whereOf(item))
		}
		if ln.Secure() && c.TLS.Certificate == "" && c.TLS.Key == "" {
			l.mistake(item, ln.String(), "has no certificate; want tls.certificate and tls.key", l.whereOf(item))
		}
	}
}

func (l *loading) checkTLS(c *TLS) {
	if (c.Certificate == "") != (c.Key == "") {
		missing := "tls.key"
		if c.Certificate == "" {
			missing = "tls.certificate"
		}
		l.mistake(missing, "", "is not set, but the other of tls.certificate and tls.key is; want both", "")
	}
	for _, f := range []struct{ key, path string }{{"tls.certificate", c.Certificate}, {"tls.key", c.Key}, {"tls.client_ca", c.ClientCA}} {
		if f.path == "" {
			continue
		}
		if file, err := os.Open(f.path); err != nil {
			l.wrongValue(f.key, "cannot be read ("+errors.Unwrap(err).Error()+"); want the path of a PEM file")
		} else {
			file.Close()
		}
	}
}

func (l *loading) checkRest(c *Config) {
	if c.Node.Name == "" {
		name, err := hostName()
		if err != nil {
			l.mistake("node.name", "", err.Error(), "")
		}
		c.Node.Name = name
	}
	if len(c.Node.Name) > 255 {
		l.wrongValue("node.name", "want 255 letters at most, the length of ps_contacts.reg_server")
	}
	if address, err := hostPort(c.Admin.Listen, "8060"); err != nil {
		l.wrongValue("admin.listen", strings.ReplaceAll(err.Error(), "0.0.0.0", "127.0.0.1"))
	} else {
		c.Admin.Listen = address
		l.checkAdmin(&c.Admin)
	}
	if !l.wrong["auth.realm"] && (c.Auth.Realm == "" || strings.ContainsAny(c.Auth.Realm, "\"\\\r\n")) {
		l.wrongValue("auth.realm", "want a name without quotes, backslashes and line ends")
	}
	if strings.ContainsFunc(c.SIP.ServerHeader, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		l.wrongValue("sip.server_header", "want one line of text")
	}
	if !l.wrong["sip.request_timeout"] && !l.wrong["database.deadline"] && c.SIP.RequestTimeout.Duration < c.Database.Deadline.Duration {
		l.wrongValue("sip.request_timeout", "want at least database.deadline, which is "+c.Database.Deadline.String())
	}
}

// The shortest secrets of the page: the token is made by a machine.
const (
	shortestToken    = 16
	shortestPassword = 8
)

// checkAdmin lets nobody who happens to reach the address see who is registered.
func (l *loading) checkAdmin(a *Admin) {
	if a.Token != "" && len(a.Token) < shortestToken {
		l.wrongValue("admin.token", fmt.Sprintf("is short; want %d characters at least, such as openssl rand -hex 16 prints", shortestToken))
	}
	if a.Password != "" && len(a.Password) < shortestPassword {
		l.wrongValue("admin.password", fmt.Sprintf("is short; want %d characters at least", shortestPassword))
	}
	if strings.Contains(a.User, ":") {
		l.wrongValue("admin.user", "want a name without a colon, which ends it in basic authentication")
	}
	host, _, err := net.SplitHostPort(a.Listen)
	if err == nil && a.Page && a.Token == "" && a.Password == "" && !loopback(host) && !l.wrong["admin.page"] && !l.wrong["admin.token"] && !l.wrong["admin.password"] {
		l.wrongValue("admin.listen", "others can reach it, and who is registered would be told to them; want admin.token or admin.password (or files with them) set, or admin.page false, or a loopback address")
	}
}

// loopback says whether an address to listen on is this machine's alone. A
// name other than localhost may be anything.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || strings.EqualFold(host, "localhost")
}

// Setting is one key as it is in force, for people.
type Setting struct {
	Key string `json:"key"`
	// Value as text; a secret's is hidden.
	Value string `json:"value"`
	// From is the flag, the variable or file:line; "default" when none of them.
	From string `json:"from"`
}

// Settings lists all keys as Load finds them, in the order of the struct.
func Settings(flags map[string]string, environ []string) ([]Setting, []Mistake) {
	c, l := load(flags, environ)
	root := reflect.ValueOf(c)
	var out []Setting
	for _, f := range l.schema.fields {
		s := Setting{Key: f.key, Value: text(root.FieldByIndex(f.index)), From: l.origin[f.key].where}
		if s.From == "" {
			s.From = "default"
		}
		if f.secret && s.Value != "" {
			s.Value = hidden
		}
		out = append(out, s)
	}
	return out, l.mistakes
}

// text writes a value as decodeText reads it.
func text(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case fmt.Stringer:
		return x.String()
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = text(v.Index(i))
		}
		return strings.Join(items, ",")
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	return strconv.FormatInt(v.Int(), 10)
}
