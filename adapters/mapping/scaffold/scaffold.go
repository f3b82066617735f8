package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tundish/adapters/mapping"
	"tundish/config/lang"
	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

// Options say what is written.
type Options struct {
	Name       string    // of the mapping, and of its file without .yaml; see [NameOf]
	WSDL       string    // as the mapping names it, relative to its file; "" leaves it out
	Operations []string  // only these; none means all
	Samples    []*Sample // messages that were seen
	Schema     string    // where editors find the schema of mappings, relative to the file; "" means as in config/mappings
}

// Summary counts what was done with the operations.
type Summary struct {
	Operations int // listed
	Served     int // they call on us
	Called     int // we tell them with
	Pulled     int // we fetch orders with
	Fields     int // filled in
}

// Write makes a mapping of a service: a file that has no mistakes, with guesses.
func Write(s *shape.Service, opt Options) ([]byte, Summary, error) {
	operations, err := plan(s, opt)
	if err != nil {
		return nil, Summary{}, err
	}
	whole, err := s.Defs.Merged().WSDL(contract.WriteOptions{Whole: true})
	if err != nil {
		return nil, Summary{}, err
	}
	for range 100 { // every turn takes something back
		page := render(s, opt, operations)
		found := mistakes(page, opt, whole)
		if len(found) == 0 {
			return []byte(strings.Join(page.lines, "\n") + "\n"), summed(operations), nil
		}
		for _, f := range found {
			of := page.owners[f.Line]
			switch {
			case of.field != nil:
				of.field.off = true
				if of.operation.judge(); of.operation.off && of.operation.why == "" {
					of.operation.why = oneLine(f.Message)
				}
			case of.operation != nil:
				of.operation.off = true
				of.operation.why = of.operation.perhaps() + ", but: " + oneLine(f.Message)
			default:
				return nil, Summary{}, errors.New(f.String())
			}
		}
	}
	return nil, Summary{}, errors.New("no mapping without mistakes was found")
}

func summed(operations []*operation) Summary {
	var s Summary
	for _, o := range operations {
		s.Operations++
		switch {
		case o.off:
			continue
		case o.role == call:
			s.Called++
		case o.role == pull:
			s.Pulled++
		default:
			s.Served++
		}
		s.Fields += o.live()
	}
	return s
}

// mistakes checks a page as `tundish mapping lint` does.
func mistakes(p *page, opt Options, wsdl []byte) []lang.Finding {
	name := opt.Name + ".yaml"
	files := memory{name: []byte(strings.Join(p.lines, "\n") + "\n")}
	if opt.WSDL != "" {
		files[path.Clean(opt.WSDL)] = wsdl
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		zone = time.UTC
	}
	var problems lang.Problems
	mapping.Load(files, name, mapping.Surroundings{Zone: zone}, &problems)
	return problems.Findings(lang.English)
}

// memory is a file system of a few files.
type memory map[string][]byte

func (m memory) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (m memory) ReadFile(name string) ([]byte, error) {
	if data, ok := m[name]; ok {
		return data, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// NameOf makes the name of a mapping of that of a service: HotlineService is hotline-service.
func NameOf(service string) string {
	name := strings.Trim(notInNames.ReplaceAllString(strings.Join(tokens(service), "-"), "-"), "-")
	if name == "" || name[0] < 'a' {
		name = strings.TrimSuffix("system-"+name, "-")
	}
	return name
}

var (
	plainText = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_./-]*$`)
	reserved  = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null)$`)
)

// quoted is a text as YAML, with quotes where it needs them.
func quoted(s string) string {
	if plainText.MatchString(s) && !reserved.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// page is a mapping being written; owners tell by line, from 1, who wrote it.
type page struct {
	lines  []string
	owners map[int]owner
}

type owner struct {
	operation *operation
	field     *field
}

func (p *page) add(of owner, format string, args ...any) {
	p.lines = append(p.lines, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	p.owners[len(p.lines)] = of
}
