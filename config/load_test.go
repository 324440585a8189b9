package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"registrard/asterisk/by"
)

// TestMistakes holds each file of testdata/mistakes against the messages that
// stand in it, in the order given.
func TestMistakes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/mistakes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(text)) {
				if w, ok := strings.CutPrefix(strings.TrimSpace(line), "# want: "); ok {
					want = append(want, strings.ReplaceAll(w, "FILE", file))
				}
			}
			_, mistakes := Load(map[string]string{"config": file}, nil)
			if diff := cmp.Diff(want, lines(mistakes)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func lines(mistakes []Mistake) []string {
	var out []string
	for _, m := range mistakes {
		out = append(out, m.String())
	}
	return out
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registrard.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	t.Parallel()
	udp := Listener{Transport: "udp", Address: ":5060", ProxyProtocol: "off"}
	secret := write(t, "postgres://u:p@h/d\n")
	for _, c := range []struct {
		name    string
		flags   map[string]string
		environ []string
		file    string
		want    func(c *Config)
	}{
		{name: "nothing given is the defaults", want: func(*Config) {}},
		{name: "an empty file is the defaults", file: "# nothing\n", want: func(*Config) {}},
		{name: "an empty section is the defaults", file: "database:\nlog:\n", want: func(*Config) {}},
		{name: "an empty key is the default", file: "database:\n  writers:\n  batch: ~\n", want: func(*Config) {}},
		{name: "a nested key comes from the environment alone", environ: []string{"REGISTRARD_SIP_MAX_CONNECTIONS_PER_SOURCE=7"},
			want: func(c *Config) { c.SIP.MaxConnectionsPerSource = 7 }},
		{name: "the order of identification is by.Default", want: func(c *Config) { c.Identify.Order = by.Default }},
		{name: "the file goes before the default", file: "log: {level: warn}",
			want: func(c *Config) { c.Log.Level = "warn" }},
		{name: "the environment goes before the file", file: "log: {level: warn}", environ: []string{"REGISTRARD_LOG_LEVEL=error"},
			want: func(c *Config) { c.Log.Level = "error" }},
		{name: "a flag goes before the environment", flags: map[string]string{"log.level": "debug"}, environ: []string{"REGISTRARD_LOG_LEVEL=error"},
			want: func(c *Config) { c.Log.Level = "debug" }},
		{name: "one layer changes one key of a section and leaves the others", file: "database: {writers: 2, batch: 7}", environ: []string{"REGISTRARD_DATABASE_WRITERS=4"},
			want: func(c *Config) { c.Database.Writers, c.Database.Batch = 4, 7 }},
		{name: "an empty variable is ignored", file: "log: {level: warn}", environ: []string{"REGISTRARD_LOG_LEVEL="},
			want: func(c *Config) { c.Log.Level = "warn" }},
		{name: "a wrong value in the file that a variable replaces does no harm", file: "listen: [nonsense, more]", environ: []string{"REGISTRARD_LISTEN=udp://:5060"},
			want: func(c *Config) { c.Listen = []Listener{udp} }},
		{name: "keys and sections in capitals are the same keys", file: "LOG: {Level: WARN}",
			want: func(c *Config) { c.Log.Level = "warn" }},
		{name: "blanks around the items of a list in a variable go", environ: []string{"REGISTRARD_IDENTIFY_ORDER= username , ip,,"},
			want: func(c *Config) { c.Identify.Order = []by.Method{"username", "ip"} }},
		{name: "a list in the file may be written like in a variable", file: "identify: {order: 'username, ip'}",
			want: func(c *Config) { c.Identify.Order = []by.Method{"username", "ip"} }},
		{name: "words are put into the spelling of the documentation", environ: []string{"REGISTRARD_AUTH_ALGORITHMS=sha-256,md5"},
			want: func(c *Config) { c.Auth.Algorithms = []string{"SHA-256", "MD5"} }},
		{name: "010 is ten in the file", file: "database: {writers: 010, max_connections: 40}",
			want: func(c *Config) { c.Database.Writers, c.Database.MaxConnections = 10, 40 }},
		{name: "010 is ten in a variable", environ: []string{"REGISTRARD_DATABASE_WRITERS=010", "REGISTRARD_DATABASE_MAX_CONNECTIONS=40"},
			want: func(c *Config) { c.Database.Writers, c.Database.MaxConnections = 10, 40 }},
		{name: "days are durations", file: "auth: {key_rotation: 7d}",
			want: func(c *Config) { c.Auth.KeyRotation.Duration = 7 * 24 * time.Hour }},
		{name: "sizes have units", file: "sip: {max_message_size: 32KiB}",
			want: func(c *Config) { c.SIP.MaxMessageSize = 32 << 10 }},
		{name: "a plain number is bytes", file: "sip: {max_message_size: 2000}",
			want: func(c *Config) { c.SIP.MaxMessageSize = 2000 }},
		{name: "an empty text in the file is kept", file: `sip: {server_header: ""}`,
			want: func(c *Config) { c.SIP.ServerHeader = "" }},
		{name: "listeners are lists of texts and maps", file: `
trusted_proxies: [10.0.0.0/8, 192.0.2.7]
listen:
  - udp://:5060
  - {address: "tcp://[::1]", advertise: "203.0.113.5:5070", domain: Example.COM, proxy_protocol: required}
`, want: func(c *Config) {
			c.Listen = []Listener{udp, {Transport: "tcp", Address: "[::1]:5060", Advertise: "203.0.113.5:5070", Domain: "example.com", ProxyProtocol: "required"}}
			c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32")}
		}},
		{name: "listeners in a variable have their options behind a question mark",
			environ: []string{"REGISTRARD_LISTEN=UDP://0.0.0.0?advertise=203.0.113.5&domain=a.example, ws://:8080/"},
			want: func(c *Config) {
				c.Listen = []Listener{
					{Transport: "udp", Address: "0.0.0.0:5060", Advertise: "203.0.113.5", Domain: "a.example", ProxyProtocol: "off"},
					{Transport: "ws", Address: ":8080", ProxyProtocol: "off"},
				}
			}},
		{name: "a YAML alias is followed", file: "database: &a {writers: 3}\nnode: {name: &n x}\nlog: {level: info}\nadmin: {listen: 127.0.0.1:1}\nauth: {realm: *n}\n",
			want: func(c *Config) {
				c.Database.Writers, c.Node.Name, c.Admin.Listen, c.Auth.Realm = 3, "x", "127.0.0.1:1", "x"
			}},
		{name: "a secret comes from a file, without its line end", environ: []string{"REGISTRARD_DATABASE_URL_FILE=" + secret},
			want: func(c *Config) { c.Database.URL = "postgres://u:p@h/d" }},
		{name: "the page may be reached by others who know its token, from a file", environ: []string{"REGISTRARD_ADMIN_LISTEN=:8060", "REGISTRARD_ADMIN_TOKEN_FILE=" + secret},
			want: func(c *Config) { c.Admin.Listen, c.Admin.Token = ":8060", "postgres://u:p@h/d" }},
		{name: "without a page, health and metrics may be reached by others", environ: []string{"REGISTRARD_ADMIN_LISTEN=0.0.0.0", "REGISTRARD_ADMIN_PAGE=false"},
			want: func(c *Config) { c.Admin.Listen, c.Admin.Page = "0.0.0.0:8060", false }},
		{name: "loopback addresses are this machine's alone", environ: []string{"REGISTRARD_ADMIN_LISTEN=[::1]:8060"},
			want: func(c *Config) { c.Admin.Listen = "[::1]:8060" }},
		{name: "a database text of keys and values may hold an URL", environ: []string{"REGISTRARD_DATABASE_URL=host=h application_name=a://b"},
			want: func(c *Config) { c.Database.URL = "host=h application_name=a://b" }},
		{name: "what Kubernetes sets for a service called registrard is let pass", environ: []string{
			"REGISTRARD_SERVICE_HOST=10.1.2.3", "REGISTRARD_SERVICE_PORT=5060", "REGISTRARD_SERVICE_PORT_SIP=5060", "REGISTRARD_PORT=udp://10.1.2.3:5060",
			"REGISTRARD_PORT_5060_UDP=udp://10.1.2.3:5060", "REGISTRARD_PORT_5060_UDP_PROTO=udp", "REGISTRARD_PORT_5060_UDP_ADDR=10.1.2.3",
			"REGISTRARD_ADMIN_SERVICE_HOST=10.1.2.4", "REGISTRARD_ADMIN_PORT=tcp://10.1.2.4:8060"},
			want: func(*Config) {}},
		{name: "what our tests hand to each other is let pass", environ: []string{"REGISTRARD_TEST_DATABASE_URL=postgres://h/d"},
			want: func(*Config) {}},
		{name: "variables of others are not looked at", environ: []string{"REGISTRAR=x", "DATABASE_URL=y", "PATH=z"},
			want: func(*Config) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want, mistakes := Load(nil, nil)
			if len(mistakes) > 0 {
				t.Fatal(mistakes)
			}
			c.want(&want)
			flags := map[string]string{}
			for k, v := range c.flags {
				flags[k] = v
			}
			if c.file != "" {
				flags["config"] = write(t, c.file)
			}
			got, mistakes := Load(flags, c.environ)
			if len(mistakes) > 0 {
				t.Fatal(mistakes)
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.IgnoreUnexported(Config{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakesOutsideTheFile(t *testing.T) {
	t.Parallel()
	secret, blank := write(t, "mysql://u:geheim@h/d"), write(t, "\n")
	for _, c := range []struct {
		name    string
		flags   map[string]string
		environ []string
		want    []string
	}{
		{"a misspelt variable", nil, []string{"REGISTRARD_DATABASE_DEADLNE=2s"},
			[]string{`REGISTRARD_DATABASE_DEADLNE: there is no such variable; did you mean REGISTRARD_DATABASE_DEADLINE?`}},
		{"a misspelt variable whose end is a word of others", nil, []string{"REGISTRARD_NDOE_NAME=a"},
			[]string{`REGISTRARD_NDOE_NAME: there is no such variable; did you mean REGISTRARD_NODE_NAME?`}},
		{"a variable of another name altogether", nil, []string{"REGISTRARD_COLOUR=2s"},
			[]string{`REGISTRARD_COLOUR: there is no such variable`}},
		{"a variable of a key that is gone", nil, []string{"REGISTRARD_NODE_SCHEDULING=normal"},
			[]string{`REGISTRARD_NODE_SCHEDULING: is gone; remove it: registrard.service has CPUSchedulingPolicy=batch (elsewhere: chrt --batch 0 registrard serve)`}},
		{"a variable that would shadow its section", nil, []string{"REGISTRARD_LOG=debug"},
			[]string{`REGISTRARD_LOG: is a section; want one of REGISTRARD_LOG_LEVEL, REGISTRARD_LOG_FORMAT`}},
		{"a number without a unit in a variable", nil, []string{"REGISTRARD_DATABASE_DEADLINE=5"},
			[]string{`REGISTRARD_DATABASE_DEADLINE: database.deadline = "5": has no unit; want a duration with its unit, such as 500ms, 2s or 1h`}},
		{"on is no boolean", nil, []string{"REGISTRARD_DATABASE_FAST_PATH=on"},
			[]string{`REGISTRARD_DATABASE_FAST_PATH: database.fast_path = "on": want true or false`}},
		{"one item of a list in a variable", nil, []string{"REGISTRARD_LISTEN=udp://:5060,tcp:5060"},
			[]string{`REGISTRARD_LISTEN: listen[1] = "tcp:5060": ` + errListener.Error()}},
		{"a list of nothing", nil, []string{"REGISTRARD_IDENTIFY_ORDER=, ,"},
			[]string{`REGISTRARD_IDENTIFY_ORDER: identify.order = ", ,": is empty; want one or more of ` + strings.Join(by.IP.Words(), ", ")}},
		{"a flag", map[string]string{"log.level": "loud"}, nil,
			[]string{`--log-level: log.level = "loud": want debug, info, warn or error`}},
		{"a file that isn't there, by flag", map[string]string{"config": "/nowhere/r.yaml"}, nil,
			[]string{`--config: config = "/nowhere/r.yaml": cannot be read (no such file or directory); want the path of a YAML file, or none`}},
		{"a file that isn't there, by variable", nil, []string{"REGISTRARD_CONFIG=/nowhere/r.yaml"},
			[]string{`REGISTRARD_CONFIG: config = "/nowhere/r.yaml": cannot be read (no such file or directory); want the path of a YAML file, or none`}},
		{"a secret's file that isn't there", nil, []string{"REGISTRARD_DATABASE_URL_FILE=/nowhere/s"},
			[]string{`REGISTRARD_DATABASE_URL_FILE: database.url: /nowhere/s cannot be read (no such file or directory); want the path of a file that holds it`}},
		{"a secret's file that is empty", nil, []string{"REGISTRARD_DATABASE_URL_FILE=" + blank},
			[]string{`REGISTRARD_DATABASE_URL_FILE: database.url: ` + blank + ` is empty; want the path of a file that holds it`}},
		{"a secret given twice", nil, []string{"REGISTRARD_DATABASE_URL_FILE=" + secret, "REGISTRARD_DATABASE_URL=host=h"},
			[]string{`REGISTRARD_DATABASE_URL_FILE: database.url: is set by REGISTRARD_DATABASE_URL too; want one of the two`}},
		{"a wrong secret is not shown", nil, []string{"REGISTRARD_DATABASE_URL_FILE=" + secret},
			[]string{`REGISTRARD_DATABASE_URL_FILE: database.url = (hidden): want postgres://user@host/name, or host=… user=… dbname=…`}},
		{"a connection text that pgx can't read", nil, []string{"REGISTRARD_DATABASE_URL=postgres://u:geheim@h:bad/d", "REGISTRARD_DATABASE_LISTEN_URL=host=h sslmode=geheim"},
			[]string{
				`REGISTRARD_DATABASE_URL: database.url = (hidden): ` + unreadable,
				`REGISTRARD_DATABASE_LISTEN_URL: database.listen_url = (hidden): ` + unreadable,
			}},
		{"what is no secret does not come from a file", nil, []string{"REGISTRARD_NODE_NAME_FILE=/etc/hostname"},
			[]string{`REGISTRARD_NODE_NAME_FILE: only secrets may be read from a file; want REGISTRARD_NODE_NAME`}},
		{"all at once", map[string]string{"log.format": "xml"}, []string{"REGISTRARD_LOG_LEVEL=x", "REGISTRARD_NODE_NAEM=x", "REGISTRARD_DATABASE_QUEUE=-1"},
			[]string{
				`REGISTRARD_NODE_NAEM: there is no such variable; did you mean REGISTRARD_NODE_NAME?`,
				`REGISTRARD_DATABASE_QUEUE: database.queue = "-1": want 1 to 1000000`,
				`REGISTRARD_LOG_LEVEL: log.level = "x": want debug, info, warn or error`,
				`--log-format: log.format = "xml": want text or json`,
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, mistakes := Load(c.flags, c.environ)
			if diff := cmp.Diff(c.want, lines(mistakes)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, m := range mistakes {
				if strings.Contains(m.String(), "geheim") {
					t.Errorf("a secret is shown: %s", m)
				}
			}
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	file := write(t, "database:\n  url: postgres://u:geheim@h/d\n  deadline: 3s\n")
	got, mistakes := Settings(map[string]string{"config": file, "log.level": "debug"}, []string{"REGISTRARD_DATABASE_WRITERS=3"})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := map[string]Setting{}
	for _, s := range []Setting{
		{"database.url", "(hidden)", file + ":2"},
		{"database.listen_url", "", "default"},
		{"database.deadline", "3s", file + ":3"},
		{"database.writers", "3", "REGISTRARD_DATABASE_WRITERS"},
		{"log.level", "debug", "--log-level"},
		{"listen", "udp://:5060,tcp://:5060", "default"},
		{"sip.idle_timeout", "10m", "default"},
		{"sip.max_message_size", "64KiB", "default"},
		{"auth.key_rotation", "24h", "default"},
		{"database.fast_path", "true", "default"},
		{"registrar.expires_jitter", "0", "default"},
	} {
		want[s.Key] = s
	}
	for _, s := range got {
		if w, ok := want[s.Key]; ok && s != w {
			t.Errorf("got %+v, want %+v", s, w)
		}
		delete(want, s.Key)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Size{
		"0": 0, "65536": 65536, "512b": 512, "64KiB": 64 << 10, "64 kib": 64 << 10, "2k": 2000, "1.5MB": 1500000, "1Mi": 1 << 20, "1,024": 1024, "2GiB": 2 << 30, "4eib": 4 << 60,
		"": -1, "KiB": -1, "-1": -1, "+1": -1, "1e3": -1, "1ib": -1, "1i": -1, "1kk": -1, "1 k b": -1, "8EiB": -1, "1.2.3": -1, "0x10": -1, "inf": -1, "1 MB/s": -1, "1 2": -1,
	} {
		var got Size = -1
		if err := got.UnmarshalText([]byte(text)); (err != nil) != (want < 0) || got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, err, want)
		}
	}
}

// TestLoadTouchesNothing: the process's own environment is not read.
func TestLoadTouchesNothing(t *testing.T) {
	t.Setenv("REGISTRARD_LOG_LEVEL", "debug")
	t.Setenv("REGISTRARD_NONSENSE", "x")
	c, mistakes := Load(nil, nil)
	if len(mistakes) > 0 || c.Log.Level != "info" {
		t.Errorf("level %s, mistakes %v", c.Log.Level, mistakes)
	}
}

// FuzzFile: no file makes Load panic, and a file with a mistake has one with a
// place.
func FuzzFile(f *testing.F) {
	for _, s := range []string{"", "a", "a: b", "listen: [udp://:5060]", "listen: {a: b}", "database: &x {url: *x}", "log: !!binary x", "? [a]\n: b", "listen:\n - {address: 'udp://:1', advertise: x}"} {
		f.Add(s)
	}
	files, _ := filepath.Glob("testdata/mistakes/*.yaml")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(string(text))
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file, err := os.CreateTemp(dir, "*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		defer os.Remove(file.Name())
		if _, err := file.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		_, mistakes := Load(map[string]string{"config": file.Name()}, nil)
		for _, m := range mistakes {
			if m.Key == "" || m.Want == "" {
				t.Errorf("a mistake without key or remedy: %+v", m)
			}
		}
	})
}

func FuzzListener(f *testing.F) {
	for _, s := range []string{"udp://:5060", "tcp://[::1]:5060?domain=a", "wss://example.com?advertise=a:1&proxy_protocol=optional", "ws://a/", "udp://::1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a, b Listener
		if a.UnmarshalText([]byte(s)) != nil {
			return
		}
		if err := b.UnmarshalText([]byte(a.String())); err != nil || a != b {
			t.Errorf("%q is read as %+v, printed as %q, and that is read as %+v (%v)", s, a, a, b, err)
		}
	})
}

// TestFromFile: a secret that came from a file can be read again, and no other.
func TestFromFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "url")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("postgres://u:old@h/d\n")
	environ := []string{"REGISTRARD_DATABASE_URL_FILE=" + path, "REGISTRARD_DATABASE_LISTEN_URL=postgres://u@h/d"}
	c, mistakes := Load(nil, environ)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if c.FromFile("database.listen_url") != nil || c.FromFile("admin.token") != nil {
		t.Error("what came from no file can be read again")
	}
	again := c.FromFile("database.url")
	write("postgres://u:new@h/d\n")
	if got, err := again(); got != "postgres://u:new@h/d" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	write("")
	if got, err := again(); err == nil {
		t.Errorf("%q of an empty file", got)
	}
	// A flag goes before the environment, so the file isn't asked.
	if c, _ = Load(map[string]string{"database.url": "postgres://u@h/d"}, environ); c.FromFile("database.url") != nil {
		t.Error("a flag's value comes from a file")
	}
}
