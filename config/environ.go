package config

import (
	"cmp"
	"errors"
	"os"
	"regexp"
	"sort"
	"strings"
)

// service is what Kubernetes puts into the environment for a service that is
// called registrard or registrard-…: not meant for us.
var service = regexp.MustCompile(`^REGISTRARD_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// testPrefix begins the variables that our own tests hand to each other.
const testPrefix = Prefix + "TEST_"

// serviceURL is the value of such a service's …_PORT.
var serviceURL = regexp.MustCompile(`^(tcp|udp|sctp)://[^,]*:[0-9]+$`)

// readEnviron takes every REGISTRARD_* variable, so that none is misspelt
// unnoticed. An empty variable counts as not set.
func (l *loading) readEnviron() {
	names := make([]string, 0, len(l.environ))
	for name := range l.environ {
		if strings.HasPrefix(name, Prefix) && l.environ[name] != "" && name != fileVariable {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	byVariable := map[string]*field{}
	for i := range l.schema.fields {
		f := &l.schema.fields[i]
		byVariable[f.variable()] = f
	}
	for _, name := range names {
		value := l.environ[name]
		if f := byVariable[name]; f != nil {
			l.put(f, layerEnviron, value, splitOr(f, value), name)
			continue
		}
		if f := byVariable[strings.TrimSuffix(name, "_FILE")]; f != nil {
			l.readSecret(f, name, value)
			continue
		}
		if strings.HasPrefix(name, testPrefix) || service.MatchString(name) || (strings.HasSuffix(name, "_PORT") && serviceURL.MatchString(value)) {
			continue
		}
		l.unknownVariable(name)
	}
}

func (l *loading) unknownVariable(name string) {
	var known []string
	for section := range l.schema.sections {
		if name == variable(section) {
			l.mistake(name, "", "is a section; want one of "+strings.Join(l.variables(section), ", "), name)
			return
		}
	}
	for _, f := range l.schema.fields {
		known = append(known, f.variable())
		if f.secret {
			known = append(known, f.variable()+"_FILE")
		}
	}
	known = append(known, fileVariable)
	l.mistake(name, "", cmp.Or(gone[name], didYouMean("there is no such variable", nearestVariable(name, known))), name)
}

// nearestVariable compares what comes after the prefix that all have.
func nearestVariable(name string, known []string) string {
	short := make([]string, len(known))
	for i, k := range known {
		short[i] = strings.TrimPrefix(k, Prefix)
	}
	if near := nearest(strings.TrimPrefix(name, Prefix), short); near != "" {
		return Prefix + near
	}
	return ""
}

func (l *loading) variables(section string) []string {
	var out []string
	for _, key := range l.schema.keysOf(section) {
		out = append(out, variable(key))
	}
	return out
}

// readSecret takes a secret from the file that a …_FILE variable names.
func (l *loading) readSecret(f *field, name, path string) {
	if !f.secret {
		l.mistake(name, "", "only secrets may be read from a file; want "+f.variable(), name)
		return
	}
	if l.environ[f.variable()] != "" {
		l.mistake(f.key, "", "is set by "+f.variable()+" too; want one of the two", name)
		return
	}
	value, err := readSecretFile(path)
	if err != nil {
		l.mistake(f.key, "", err.Error()+"; want the path of a file that holds it", name)
		return
	}
	l.put(f, layerEnviron, value, nil, name)
}

func readSecretFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", errors.New(path + " cannot be read (" + errors.Unwrap(err).Error() + ")")
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if value == "" {
		return "", errors.New(path + " is empty")
	}
	return value, nil
}

// secretFiles are the files from which secrets were taken, by key.
func (l *loading) secretFiles() map[string]string {
	files := map[string]string{}
	for _, f := range l.schema.fields {
		if name := f.variable() + "_FILE"; f.secret && l.origin[f.key].where == name {
			files[f.key] = l.environ[name]
		}
	}
	return files
}

// FromFile reads a secret again from the file that a …_FILE variable names; nil
// when it comes from elsewhere.
func (c *Config) FromFile(key string) func() (string, error) {
	path, ok := c.files[key]
	if !ok {
		return nil
	}
	return func() (string, error) { return readSecretFile(path) }
}
