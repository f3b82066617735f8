package app

import (
	"context"
	"errors"
	"slices"
	"testing"

	"tundish/adapters/soap"
	"tundish/config"
	"tundish/wsdl/xml"
)

// mute is a contract without operations.
type mute struct{}

func (mute) Operations() []soap.Operation { return nil }
func (mute) WSDL(bool) []byte             { return nil }
func (mute) Decode(xml.Name, *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	return nil, errors.New("there are no operations")
}

func TestSettingsAndServerAgreeOnWhichPathsAreAlike(t *testing.T) {
	paths := []string{"/", "//", "/a", "/A", "/a/", "/a//", "/A/B.asmx", "/a/b.ASMX/", "/a/b", "/Ä", "/ä/", "/abc d", "/a?b"}
	for _, mounted := range paths {
		e, err := soap.NewEndpoint(mute{}, soap.EndpointOptions{System: "x"})
		if err != nil {
			t.Fatal(err)
		}
		s := soap.NewServer()
		if err := s.Mount(mounted, e); err != nil {
			t.Fatal(err)
		}
		for _, asked := range paths {
			if served, alike := s.Endpoint(asked) == e, config.TidyPath(mounted) == config.TidyPath(asked); served != alike {
				t.Errorf("mounted at %s, asked at %s: served %v, but the settings take them for alike: %v", mounted, asked, served, alike)
			}
		}
	}
}

func TestAPathThatChangesInCapitalsOnlyIsKept(t *testing.T) {
	got := left([]string{"/soap/a", "/WebService/A.asmx", "/old/", "/older"}, []string{"/soap/a", "/webservice/a.asmx/", "/old"})
	if want := []string{"/older"}; !slices.Equal(got, want) {
		t.Errorf("not served any longer are %v, want %v", got, want)
	}
}
