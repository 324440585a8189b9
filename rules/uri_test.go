package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"registrard/rules"
)

// TestParseURI pairs what phones send with what String makes of it, which is
// how Asterisk stores it.
func TestParseURI(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		want     string // "" when it stays as it is
		check    func(*rules.URI) bool
	}{
		{"25.1 user and host", "sip:alice@atlanta.com", "", func(u *rules.URI) bool {
			return u.Scheme == "sip" && u.User == "alice" && u.Host == "atlanta.com" && u.Port == 0
		}},
		{"25.1 no user", "sip:atlanta.com", "", func(u *rules.URI) bool { return u.User == "" && u.Host == "atlanta.com" }},
		{"25.1 sips", "SIPS:alice@atlanta.com:5061", "sips:alice@atlanta.com:5061", func(u *rules.URI) bool { return u.Scheme == "sips" && u.Port == 5061 }},
		{"25.1 password", "sip:alice:secret@atlanta.com", "", func(u *rules.URI) bool { return u.HasPassword && u.Password == "secret" }},
		{"25.1 an empty password is none", "sip:alice:@atlanta.com", "sip:alice@atlanta.com", func(u *rules.URI) bool { return !u.HasPassword }},
		{"25.1 user with ; = ? and /", "sip:+12125551212;phone-context=x/y?z@h", "", func(u *rules.URI) bool {
			return u.User == "+12125551212;phone-context=x/y?z" && len(u.Params) == 0
		}},
		{"25.1 IPv6 reference", "sip:alice@[2001:db8::10]:5070;transport=tcp", "", func(u *rules.URI) bool { return u.Host == "2001:db8::10" && u.Port == 5070 }},
		{"25.1 IPv6 reference without port", "sip:[::1]", "", func(u *rules.URI) bool { return u.Host == "::1" }},
		{"25.1 parameters and headers", "sip:biloxi.com;transport=tcp;x?to=sip:bob%40biloxi.com&subject=a%20b", "", func(u *rules.URI) bool {
			return len(u.Params) == 2 && !u.Params[1].HasValue && len(u.Headers) == 2 && u.Headers[0].Value == "sip:bob@biloxi.com"
		}},
		{"25.1 escapes are undone", "sip:%61lice%40x@h;%6ew=v%3b", "sip:alice%40x@h;nw=v%3b", func(u *rules.URI) bool {
			return u.User == "alice@x" && u.Params[0].Name == "nw" && u.Params[0].Value == "v;"
		}},
		{"25.1 another scheme is opaque", "TEL:+1-201-555-0123;x=y", "tel:+1-201-555-0123;x=y", func(u *rules.URI) bool { return u.Opaque == "+1-201-555-0123;x=y" && !u.IsSIP() }},
		{"RFC 4475 3.1.1.3 the user sips%3Auser%40example.com", "sip:sips%3Auser%40example.com@example.net", "sip:sips%3auser%40example.com@example.net",
			func(u *rules.URI) bool { return u.User == "sips:user@example.com" }},
		{"RFC 4475 3.1.1.3 escapes are undone once", "sip:cal%6Cer@host5.example.net;n%61me=v%61lue%25%34%31", "sip:caller@host5.example.net;name=value%2541",
			func(u *rules.URI) bool { return u.Params[0].Value == "value%41" }},
		{"RFC 4475 3.1.1.4 escaped NULs are users of their own", "sip:%00%00@host5.example.com", "", func(u *rules.URI) bool { return u.User == "\x00\x00" }},
		{"a host with an underscore", "sip:a@x_y", "", func(u *rules.URI) bool { return u.Host == "x_y" }},
		{"blanks around the URI and its parts", " sip: alice@h ; transport = tcp ;x\t", "sip:alice@h;transport=tcp;x", nil},
		{"empty parameters", "sip:a@h;;x;", "sip:a@h;x", nil},
		{"a percent sign that begins no escape", "sip:50%@h", "sip:50%25@h", func(u *rules.URI) bool { return u.User == "50%" }},
		{"UTF-8 that should have been escaped", "sip:jürgen@h", "sip:j%c3%bcrgen@h", func(u *rules.URI) bool { return u.User == "jürgen" }},
		{"a hash that should have been escaped", "sip:*72#@h", "sip:*72%23@h", nil},
		{"port 0 is none", "sip:a@h:0", "sip:a@h", nil},
		{"pjsip the host keeps its case", "sip:a@Atlanta.COM", "", nil},
		{"pjsip user, transport, ttl and maddr stand first", "sip:a@h;x=1;maddr=224.0.0.1;ttl=15;Transport=TCP;user=phone;y", "sip:a@h;user=phone;transport=TCP;ttl=15;maddr=224.0.0.1;x=1;y", nil},
		{"pjsip lr is left out of a Contact", "sip:a@h;lr;x", "sip:a@h;x", func(u *rules.URI) bool { return len(u.Params) == 2 }},
		{"pjsip method is left out of a Contact", "sip:a@h;method=INVITE;x", "sip:a@h;x", nil},
		{"pjsip an equals sign before nothing is left out", "sip:a@h;x=;transport=;y=1?subject=", "sip:a@h;x;transport;y=1?subject", nil},
		{"pjsip of a parameter that is there twice the last counts", "sip:a@h;transport=udp;transport=tcp", "sip:a@h;transport=tcp", nil},
		{"pjsip a ttl is printed as a number", "sip:a@h;ttl=007", "sip:a@h;ttl=7", nil},
		{"a ttl that is no ttl is a parameter like others", "sip:a@h;ttl=900;transport=tcp", "sip:a@h;transport=tcp;ttl=900", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			u, err := rules.ParseURI(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			want := tc.want
			if want == "" {
				want = tc.in
			}
			if got := u.String(); got != want {
				t.Errorf("String is %q, want %q", got, want)
			}
			if tc.check != nil && !tc.check(&u) {
				t.Errorf("parsed as %+v", u)
			}
			checkAgain(t, u)
		})
	}
}

func TestParseURI_refuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, says string }{
		{"nothing", "", "no scheme"},
		{"no scheme", "alice@atlanta.com", "no scheme"},
		{"no host", "sip:", "no host"},
		{"no host after the user", "sip:alice@", "no host"},
		{"no host before the port", "sip:alice@:5060", "no host"},
		{"an empty user", "sip:@atlanta.com", "empty user"},
		{"two at signs", "sip:alice@atlanta.com@proxy", "more than one"},
		{"a raw NUL", "sip:al\x00ice@h", "control byte 0x00 at byte 6"},
		{"a raw line end", "sip:alice@h\r\nx", "control byte"},
		{"a blank in the user", "sip:al ice@h", "must be escaped"},
		{"a quote in a parameter", `sip:a@h;x="y"`, "must be escaped"},
		{"an angle bracket", "sip:a@h;x=<y>", "must be escaped"},
		{"a port that is none", "sip:a@h:http", "not a number from 0 to 65535"},
		{"a port without digits", "sip:a@h:", "not a number from 0 to 65535"},
		{"a port too high", "sip:a@h:65536", "not a number from 0 to 65535"},
		{"an IPv6 address without brackets", "sip:a@2001:db8::1", "port"},
		{"an open bracket", "sip:a@[::1", "without"},
		{"no address in brackets", "sip:a@[x]", "no IPv6 address"},
		{"an IPv4 address in brackets", "sip:a@[192.0.2.1]", "no IPv6 address"},
		{"text after brackets", "sip:a@[::1]x", "after the host"},
		{"a host with a blank", "sip:a@b c", "can't be in a host name"},
		{"a host with an escape", "sip:a@%61", "can't be in a host name"},
		{"a parameter without a name", "sip:a@h;=x", "without a name"},
		{"an empty other scheme", "tel:", "nothing after the scheme"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			u, err := rules.ParseURI(tc.in)
			if err == nil {
				t.Fatalf("accepted as %+v", u)
			}
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("the error %q doesn't say %q", err, tc.says)
			}
		})
	}
}

// stored is u as String has it: the order of the parameters, without lr and
// method, and without "=" before nothing.
func stored(u rules.URI) rules.URI {
	known := [4]*rules.Param{}
	var others []rules.Param
	for _, p := range u.Params {
		p.HasValue = p.Value != ""
		at := -1
		switch name := strings.ToLower(p.Name); {
		case name == "lr", name == "method" && p.HasValue:
			continue
		case name == "user" && p.HasValue:
			at = 0
		case name == "transport" && p.HasValue:
			at = 1
		case name == "ttl" && len(strings.Trim(p.Value, "0123456789")) == 0 && p.HasValue:
			digits := strings.TrimLeft(p.Value, "0")
			if len(digits) > 3 || len(digits) == 3 && digits > "255" {
				others = append(others, p)
				continue
			}
			p.Value = digits
			if digits == "" {
				p.Value = "0"
			}
			at = 2
		case name == "maddr" && p.HasValue:
			at = 3
		}
		if at < 0 {
			others = append(others, p)
			continue
		}
		p.Name = [...]string{"user", "transport", "ttl", "maddr"}[at]
		known[at] = &p
	}
	u.Params = nil
	for _, p := range known {
		if p != nil {
			u.Params = append(u.Params, *p)
		}
	}
	u.Params = append(u.Params, others...)
	headers := u.Headers
	u.Headers = nil
	for _, h := range headers {
		h.HasValue = h.Value != ""
		u.Headers = append(u.Headers, h)
	}
	return u
}

// checkAgain holds u against what is read back from its text.
func checkAgain(t fataler, u rules.URI) {
	t.Helper()
	text := u.String()
	again, err := rules.ParseURI(text)
	if err != nil {
		t.Fatalf("%q, printed from %+v, can't be read: %v", text, u, err)
	}
	if diff := cmp.Diff(stored(u), again, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q is read back otherwise:\n%s", text, diff)
	}
	if again.String() != text {
		t.Fatalf("%q is printed again as %q", text, again.String())
	}
	if !rules.SameURI(&again, &again) || !rules.SameURI(&u, &u) {
		t.Fatalf("%q is not the same as itself", text)
	}
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || u.IsSIP() && text[i] > '~' {
			t.Fatalf("%q holds the byte 0x%02x", text, text[i])
		}
	}
}

func TestURIIsReadBack(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(rapid.StringN(1, 8, 20), rapid.StringMatching(`[a-z;?@%&=+$,:/ \[\]"<>]{1,8}`))
	param := rapid.Custom(func(t *rapid.T) rules.Param {
		p := rules.Param{Name: rapid.OneOf(part, rapid.SampledFrom([]string{"transport", "lr", "ttl", "User", "maddr", "method"})).Draw(t, "name")}
		if rapid.Bool().Draw(t, "has value") {
			p.Value, p.HasValue = rapid.OneOf(part, rapid.StringMatching(`[0-9]{1,4}`)).Draw(t, "value"), true
		}
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		u := rules.URI{
			Scheme:  rapid.SampledFrom([]string{"sip", "sips"}).Draw(t, "scheme"),
			Host:    rapid.SampledFrom([]string{"h", "Atlanta.COM", "192.0.2.1", "2001:db8::1"}).Draw(t, "host"),
			Port:    rapid.IntRange(0, 65535).Draw(t, "port"),
			Params:  rapid.SliceOfN(param, 0, 4).Draw(t, "params"),
			Headers: rapid.SliceOfN(param, 0, 3).Draw(t, "headers"),
		}
		if rapid.Bool().Draw(t, "has user") {
			u.User = part.Draw(t, "user")
			if rapid.Bool().Draw(t, "has password") {
				u.Password, u.HasPassword = part.Draw(t, "password"), true
			}
		}
		checkAgain(t, u)
	})
}

func FuzzParseURI(f *testing.F) {
	for _, s := range []string{
		"sip:alice@atlanta.com", "sips:alice:pw@[2001:db8::1]:5061;transport=tcp;lr?a=b&c", "tel:+1-2",
		"sip:%00%61@h;%6C%72;n%61me=v%61lue%25%34%31", "sip:a;b?c@h;ttl=007;ttl=9;maddr=;=", " sip: a@h ; x = y ",
		"sip:50%@h;x=%", "sip:jürgen@h;ü=ü", "sip:a@h?subject=&x=%26",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if u, err := rules.ParseURI(s); err == nil {
			checkAgain(t, u)
		}
	})
}
