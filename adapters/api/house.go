package api

import (
	"net/http"
	"slices"
	"strings"

	"tundish/core"
	"tundish/core/access"
)

// House is how the house is set up, as far as a console shows it. What goes live while the hub runs shows at once.
type House struct {
	Vocabulary func() []Kind
	Systems    func() []System
	Jobs       func() []Job
}

// Kind is a kind of code with its words.
type Kind struct {
	Kind  string    `json:"kind"`
	Title core.Text `json:"title"`
	// Closed: the program decides by these codes.
	Closed bool   `json:"closed,omitempty"`
	Words  []Word `json:"words"`
}

// Word is a code and what people call it.
type Word struct {
	Code  string    `json:"code"`
	Name  core.Text `json:"name"`
	Means core.Text `json:"means,omitzero"`
	Below []Word    `json:"below,omitempty"`
}

// System is a connected system.
type System struct {
	ID       core.SystemID `json:"id"`
	Name     core.Text     `json:"name"`
	Contract string        `json:"contract"`
	Mode     string        `json:"mode"`
	Paths    []string      `json:"paths"` // where it is served
}

// Job is a pull job, and how far it got.
type Job struct {
	Name      string        `json:"name"`
	Title     core.Text     `json:"title"`
	System    core.SystemID `json:"system"`
	Operation string        `json:"operation"`
	Cron      string        `json:"cron"`
	Enabled   bool          `json:"enabled"`
	State     core.JobState `json:"state"`
}

// Vocabulary is the answer to GET /vocabulary, SystemList to GET /systems, JobList to GET /jobs.
type (
	Vocabulary struct {
		Kinds []Kind `json:"kinds"`
	}
	SystemList struct {
		Systems []System `json:"systems"`
	}
	JobList struct {
		Jobs []Job `json:"jobs"`
	}
)

// Type is a kind of order with its way through the house.
type Type struct {
	Code    string      `json:"code"`
	Name    core.Text   `json:"name"`
	Family  core.Family `json:"family"`
	Minutes int         `json:"minutes"` // of work at the place
	Skills  []string    `json:"skills"`
	// Process is the version that new orders go by.
	Process string `json:"process,omitempty"`
	Steps   []Step `json:"steps"`
}

// Step of a type.
type Step struct {
	ID      string        `json:"id"`
	Name    core.Text     `json:"name"`
	Kind    core.StepKind `json:"kind"`
	Phase   core.Phase    `json:"phase"`
	Roles   []string      `json:"roles"`
	Actions []core.Action `json:"actions"`
}

// TypeList is the answer to GET /types.
type TypeList struct {
	Types []Type `json:"types"`
}

// Role is a line of the table of rights.
type Role struct {
	Code  core.Role      `json:"code"`
	Name  core.Text      `json:"name"`
	On    access.Scope   `json:"on"`
	May   []access.Right `json:"may"`
	Shows []string       `json:"shows"`
	Masks []string       `json:"masks"`
}

// RightName is a right with its name.
type RightName struct {
	Right access.Right `json:"right"`
	Name  core.Text    `json:"name"`
	Duty  access.Duty  `json:"duty"`
	Order bool         `json:"order"` // asked of one order
}

// RoleList is the answer to GET /roles.
type RoleList struct {
	Roles  []Role      `json:"roles"`
	Rights []RightName `json:"rights"`
}

// house tells how the house is set up.
func (a *API) house() {
	handle(a, "GET /api/v1/vocabulary?kind", signedIn, func(r *http.Request, _ none) (Vocabulary, error) {
		list := a.House.Vocabulary()
		if kind := r.URL.Query().Get("kind"); kind != "" {
			i := slices.IndexFunc(list, func(k Kind) bool { return k.Kind == kind })
			if i < 0 {
				return Vocabulary{}, core.Invalidf("unknown_kind", "kind", "there is no kind of code %q; there are %v", "没有代码类别 %q；现有 %v", kind, kindNames(list))
			}
			list = list[i : i+1]
		}
		return Vocabulary{all(list)}, nil
	})
	handle(a, "GET /api/v1/types", signedIn, func(*http.Request, none) (TypeList, error) { return a.types(), nil })
	handle(a, "GET /api/v1/roles", signedIn, func(*http.Request, none) (RoleList, error) { return a.roles(), nil })
	handle(a, "GET /api/v1/systems", house(access.SystemSee), func(*http.Request, none) (SystemList, error) { return SystemList{all(a.House.Systems())}, nil })
	handle(a, "GET /api/v1/jobs", house(access.JobSee), func(r *http.Request, _ none) (JobList, error) {
		list := all(a.House.Jobs())
		for i := range list {
			var err error
			if list[i].State, err = a.Reader.JobState(r.Context(), list[i].Name); err != nil {
				return JobList{}, err
			}
		}
		return JobList{list}, nil
	})
}

func kindNames(list []Kind) (names []string) {
	for _, k := range list {
		names = append(names, k.Kind)
	}
	return names
}

func (a *API) types() TypeList {
	out := TypeList{Types: []Type{}}
	for _, t := range a.Desk.Types() {
		x := Type{Code: t.Code, Name: t.Name, Family: t.Family, Minutes: t.Minutes, Skills: all(t.Skills), Process: t.Process.Version, Steps: []Step{}}
		for i := range t.Process.Steps {
			s := &t.Process.Steps[i]
			x.Steps = append(x.Steps, Step{ID: s.ID, Name: s.Name, Kind: s.Kind, Phase: s.Phase, Roles: all(s.Roles), Actions: all(s.Actions())})
		}
		out.Types = append(out.Types, x)
	}
	slices.SortFunc(out.Types, func(a, b Type) int { return strings.Compare(a.Code, b.Code) })
	return out
}

func (a *API) roles() RoleList {
	out := RoleList{Roles: []Role{}, Rights: []RightName{}}
	for _, r := range a.People.Table().Roles() {
		out.Roles = append(out.Roles, Role{Code: r.Code, Name: r.Name, On: r.On, May: all(r.May), Shows: all(r.Shows), Masks: all(r.Masks)})
	}
	for _, e := range access.Rights() {
		out.Rights = append(out.Rights, RightName{e.Right, e.Name, e.Duty, e.Order})
	}
	return out
}
