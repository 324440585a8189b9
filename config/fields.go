package config

import (
	"reflect"
	"strings"
)

// Prefix begins the name of each variable.
const Prefix = "REGISTRARD_"

// fileVariable names the configuration file.
const fileVariable = Prefix + "CONFIG"

// field is one key of the configuration, as its tags describe it.
type field struct {
	key     string // database.deadline
	section string // database; empty for a key of its own
	owner   string // the struct's name, to find the comment
	name    string // the struct field's name
	index   []int
	typ     reflect.Type
	def     string // as one writes it in the environment
	shown   string
	limits  string
	oneof   []string
	flag    string
	secret  bool
}

// variable is the field's name in the environment.
func (f *field) variable() string { return variable(f.key) }

func (f *field) list() bool { return f.typ.Kind() == reflect.Slice }

func variable(key string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// schema is all keys, in the order of the struct.
type schema struct {
	fields   []field
	byKey    map[string]*field
	sections map[string]bool
}

func readSchema() *schema {
	s := &schema{byKey: map[string]*field{}, sections: map[string]bool{}}
	root := reflect.TypeFor[Config]()
	for i := range root.NumField() {
		sf := root.Field(i)
		key := sf.Tag.Get("key")
		if !sf.IsExported() {
			continue
		}
		if sf.Type.Kind() != reflect.Struct {
			s.fields = append(s.fields, newField(sf, root.Name(), "", []int{i}))
			continue
		}
		s.sections[key] = true
		for j := range sf.Type.NumField() {
			s.fields = append(s.fields, newField(sf.Type.Field(j), sf.Type.Name(), key, []int{i, j}))
		}
	}
	for i := range s.fields {
		s.byKey[s.fields[i].key] = &s.fields[i]
	}
	return s
}

func newField(sf reflect.StructField, owner, section string, index []int) field {
	f := field{
		key: sf.Tag.Get("key"), section: section, owner: owner, name: sf.Name, index: index, typ: sf.Type,
		def: sf.Tag.Get("default"), shown: sf.Tag.Get("shown"), limits: sf.Tag.Get("range"),
		flag: sf.Tag.Get("flag"), secret: sf.Tag.Get("secret") == "true",
	}
	if section != "" {
		f.key = section + "." + f.key
	}
	if words := sf.Tag.Get("oneof"); words != "" {
		f.oneof = strings.Split(words, ",")
	} else if f.list() {
		if own, ok := reflect.Zero(sf.Type.Elem()).Interface().(interface{ Words() []string }); ok {
			f.oneof = own.Words()
		}
	}
	return f
}

// keysOf lists what may stand in a section; the empty section is the file.
func (s *schema) keysOf(section string) []string {
	var out []string
	seen := map[string]bool{}
	for _, f := range s.fields {
		key := f.key
		if section == "" && f.section != "" {
			key = f.section
		} else if f.section != section {
			continue
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	return out
}

// Flag is a command-line flag that sets a key.
type Flag struct {
	Name, Key string
	// List says that several values may follow, separated by commas.
	List bool
	// Secret says that a password may be in it, which others on this machine can
	// read from the list of processes.
	Secret bool
}

// Flags lists the flags in the order of the struct.
func Flags() []Flag {
	var out []Flag
	for _, f := range readSchema().fields {
		if f.flag != "" {
			out = append(out, Flag{Name: f.flag, Key: f.key, List: f.list(), Secret: f.secret})
		}
	}
	return out
}
