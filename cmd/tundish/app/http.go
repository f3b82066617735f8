package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// routes is what listens: DESIGN.md in the project's root names every path.
func (h *Hub) routes(calls http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/soap/", h.soap)
	mux.Handle("/api/v1/", calls)
	mux.Handle("GET /api/openapi.json", calls)
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.HandleFunc("GET /{$}", h.front)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		if h.soap.Endpoint(r.URL.Path) != nil { // also at paths that a system chose
			h.soap.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// ready tells a balancer whether this hub should be sent callers now.
func (h *Hub) ready(w http.ResponseWriter, r *http.Request) {
	if h.draining.Load() {
		http.Error(w, "draining 正在退出", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := h.store.Ping(ctx); err != nil {
		h.log.Warn("not ready", zap.Error(err))
		http.Error(w, "the store does not answer 数据库无响应", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// front names what is here, for whoever opens the address in a browser.
func (h *Hub) front(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "tundish\n\n")
	for i := range h.settings.Systems {
		s := &h.settings.Systems[i]
		for _, path := range s.Paths() {
			fmt.Fprintf(w, "%s?wsdl  %s %s\n", path, s.Name.EN, s.Name.ZH)
		}
	}
	fmt.Fprint(w, "/api/openapi.json  JSON API\n/healthz /readyz /metrics\n")
}
