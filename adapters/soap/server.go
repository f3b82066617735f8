package soap

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Server hands requests to the endpoint whose path they name. Endpoints come and go while
// it serves: a request is handled whole by the endpoint it found.
type Server struct {
	mu        sync.Mutex // of writers
	endpoints atomic.Pointer[map[string]*Endpoint]
}

// NewServer makes a server without endpoints.
func NewServer() *Server {
	s := new(Server)
	s.endpoints.Store(&map[string]*Endpoint{})
	return s
}

// Mount serves e at a path such as "/soap/hotline", in place of whatever was there.
func (s *Server) Mount(path string, e *Endpoint) error {
	if !strings.HasPrefix(path, "/") || e == nil {
		return fmt.Errorf("soap: cannot serve %q; a path begins with / and has an endpoint", path)
	}
	s.change(func(m map[string]*Endpoint) { m[tidyPath(path)] = e })
	return nil
}

// Unmount serves nothing at path any longer.
func (s *Server) Unmount(path string) {
	s.change(func(m map[string]*Endpoint) { delete(m, tidyPath(path)) })
}

func (s *Server) change(do func(map[string]*Endpoint)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := *s.endpoints.Load()
	m := make(map[string]*Endpoint, len(old)+1)
	for path, e := range old {
		m[path] = e
	}
	do(m)
	s.endpoints.Store(&m)
}

// tidyPath makes paths alike that mean the same to callers of old: IIS, whose addresses
// they know, does not tell capitals apart.
func tidyPath(path string) string {
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return strings.ToLower(path)
}

// Endpoint is what is served at path, nil if nothing is.
func (s *Server) Endpoint(path string) *Endpoint {
	return (*s.endpoints.Load())[tidyPath(path)]
}

// unserved answers messages to unknown addresses in SOAP, because that is what the caller
// can read.
var unserved = func() *Endpoint {
	e, err := NewEndpoint(nothing{}, EndpointOptions{System: "tundish"})
	if err != nil {
		panic(err)
	}
	return e
}()

// ServeHTTP finds the endpoint of the path. An unknown one is a fault with status 404.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e := s.Endpoint(r.URL.Path); e != nil {
		e.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(w, "no system is served at this address", http.StatusNotFound)
		return
	}
	unserved.turnAway(w, r, openRefusal())
}
