package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"tundish/core"
)

// control adds the ways to watch and disturb a simulator; see the package's documentation.
func (h *Host) control(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /control/stats", func(w http.ResponseWriter, r *http.Request) {
		all := map[core.SystemID]Stats{}
		for _, s := range h.systems {
			all[s.ID] = s.Stats()
		}
		answer(w, http.StatusOK, struct {
			Simulator string                  `json:"simulator"`
			Now       string                  `json:"now"`
			Systems   map[core.SystemID]Stats `json:"systems"`
			Faults    []Struck                `json:"faults"`
		}{h.Name, h.Clock.Now().In(h.Zone).Format("2006-01-02T15:04:05-07:00"), all, h.faults.Rules()})
	})
	mux.HandleFunc("GET /control/books", func(w http.ResponseWriter, r *http.Request) {
		all := map[core.SystemID][]Entry{}
		for _, s := range h.systems {
			if only := r.URL.Query().Get("system"); only == "" || only == string(s.ID) {
				all[s.ID] = s.Books.Entries()
			}
		}
		answer(w, http.StatusOK, all)
	})
	mux.HandleFunc("POST /control/books", h.tamper)
	mux.HandleFunc("GET /control/faults", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, h.faults.Rules())
	})
	mux.HandleFunc("PUT /control/faults", func(w http.ResponseWriter, r *http.Request) {
		var rules []Rule
		if err := read(w, r, &rules); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		if err := h.faults.Set(rules); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		answer(w, http.StatusOK, h.faults.Rules())
	})
}

func (h *Host) tamper(w http.ResponseWriter, r *http.Request) {
	var t Tampering
	if err := read(w, r, &t); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if t.System == "" {
		t.System = string(h.systems[0].ID)
	}
	s := h.System(core.SystemID(t.System))
	if s == nil {
		refuse(w, http.StatusNotFound, fmt.Errorf("system %q is not simulated here", t.System))
		return
	}
	e, err := s.Books.Tamper(t)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	answer(w, http.StatusOK, e)
}

const mostControl = 1 << 20 // bytes of a control message

// read decodes a control message. What it does not know is refused; a web page cannot
// send one, because the media type it would need asks the server first.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	if r.Header.Get("Content-Type") != "application/json" {
		return errors.New("send JSON, with Content-Type: application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostControl))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("read the message: %w", err)
	}
	return nil
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(v) // whoever hung up does not want it
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, struct {
		Error string `json:"error"`
	}{err.Error()})
}
