package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tundish/wsdl/shape"
)

const splitContract = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:split" targetNamespace="urn:split">
<types><schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:split"><include schemaLocation="%s"/></schema></types>
<message name="in"><part name="p" element="t:A"/></message>
<portType name="P"><operation name="Do"><input message="t:in"/></operation></portType>
<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Do"><soap:operation soapAction=""/><input><soap:body use="literal"/></input></operation></binding>
<service name="S"><port name="B" binding="t:B"><soap:address location="http://old.example/"/></port></service></definitions>`

const splitSchema = `<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:split"><element name="A" type="string"/></schema>`

// A contract at an address is read with what it refers to: relative references, and those
// to a name that only the server knows. It does not lead to files or other schemes.
func TestAContractIsReadFromTheNetwork(t *testing.T) {
	var asked []string
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	secret := filepath.Join(t.TempDir(), "a.xsd")
	if err := os.WriteFile(secret, []byte(splitSchema), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, ref := range map[string]string{
		"/relative.wsdl": "types/a.xsd",
		"/query.wsdl":    "?xsd=1",
		"/inside.wsdl":   "http://only.inside.invalid:8080/types/a.xsd",
		"/file.wsdl":     "file://" + secret,
		"/moved.wsdl":    "/moved.xsd",
		"/circle.wsdl":   "/circle.xsd",
		"/lost.wsdl":     "/nowhere.xsd",
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "xsd=1" {
				fmt.Fprint(w, splitSchema)
				return
			}
			fmt.Fprintf(w, splitContract, ref)
		})
	}
	mux.HandleFunc("/types/a.xsd", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		fmt.Fprint(w, splitSchema)
	})
	mux.HandleFunc("/moved.xsd", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "ftp://old.example/a.xsd", http.StatusFound)
	})
	mux.HandleFunc("/circle.xsd", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/circle.xsd", http.StatusFound) })
	for path, says := range map[string]string{
		"/relative.wsdl": "", "/query.wsdl": "", "/inside.wsdl": "",
		"/file.wsdl": "only http and https are fetched", "/moved.wsdl": "a redirect leads to ftp:", "/circle.wsdl": "more than 5 redirects", "/lost.wsdl": "404",
	} {
		defs, err := openContract(t.Context(), server.URL+path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		s, err := shape.New(defs, shape.Options{})
		if err != nil {
			t.Fatal(err)
		}
		switch err := s.Operations[0].Err; {
		case says == "" && (err != nil || len(defs.Doubts) > 0):
			t.Errorf("%s: %v %v", path, err, defs.Doubts)
		case says != "" && (err == nil || len(defs.Doubts) != 1 || !strings.Contains(defs.Doubts[0].Error(), says)):
			t.Errorf("%s: %v %v", path, err, defs.Doubts)
		}
	}
	if len(asked) != 2 {
		t.Errorf("asked for %v", asked)
	}
	if _, err := openContract(t.Context(), server.URL+"/none.wsdl"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a contract that is not there: %v", err)
	}
}

// What a contract may cost is bounded, whatever it refers to.
func TestAContractMayNotCostWithoutEnd(t *testing.T) {
	n, big := 0, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		if big {
			fmt.Fprint(w, "<!--", strings.Repeat("x", 1<<20))
			for range 80 {
				fmt.Fprint(w, strings.Repeat("x", 1<<20))
			}
			return
		}
		fmt.Fprintf(w, `<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:split"><include schemaLocation="/%d.xsd"/></schema>`, n)
	}))
	defer server.Close()
	defs, err := openContract(t.Context(), server.URL)
	if err != nil || n != contractDocuments || len(defs.Doubts) != 1 || !strings.Contains(defs.Doubts[0].Error(), "more than 300 documents") {
		t.Errorf("%d documents: %v", n, err)
	}
	big = true
	if _, err := openContract(t.Context(), server.URL); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("%v", err)
	}
}
