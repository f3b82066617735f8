package pull

import (
	"fmt"
	"hash/maphash"

	"tundish/core"
)

const (
	// mostEmpty pages in a row may say that more follow.
	mostEmpty = 10
	// mostPages of one run: at 1,000 rows a page a hundred million.
	mostPages = 100_000
)

// repeats recognises a source that never comes to an end. It remembers eight bytes per
// page of this process's part of the run.
type repeats struct {
	seed  maphash.Seed
	pages map[uint64]int // digest of its rows → page
	empty int            // pages without rows up to here
	rows  int
	total int // the largest that the source told
}

// check refuses a page that says more follow when that cannot be.
func (g *repeats) check(no int, p *Page) error {
	if g.pages == nil {
		g.seed, g.pages = maphash.MakeSeed(), map[uint64]int{}
	}
	g.rows += len(p.Items)
	g.total = max(g.total, p.Total)
	if !p.More {
		return nil
	}
	if len(p.Items) == 0 {
		if g.empty++; g.empty > mostEmpty {
			return endless(no, fmt.Sprintf("it is the %dth in a row without rows", g.empty), fmt.Sprintf("连续 %d 页没有数据", g.empty))
		}
		return nil
	}
	g.empty = 0
	sum := g.digest(p)
	if before, twice := g.pages[sum]; twice && !p.Once { // a file that came twice is two files
		return endless(no, fmt.Sprintf("its rows are those of page %d: the source does not go by PageNo", before), fmt.Sprintf("内容与第 %d 页相同：来源系统没有按 PageNo 翻页", before))
	}
	g.pages[sum] = no
	switch {
	case g.total > 0 && g.rows > 2*g.total+1000: // rows come in while one lists; not so many
		return endless(no, fmt.Sprintf("%d rows were listed of a total of %d", g.rows, g.total), fmt.Sprintf("已列出 %d 条，而总数只有 %d 条", g.rows, g.total))
	case no >= mostPages:
		return endless(no, "a run has at most 100,000 pages", "一次运行最多 100000 页")
	}
	return nil
}

func endless(no int, en, zh string) error {
	return core.Fail(core.Invalid, "endless", "More", fmt.Sprintf("page %d says that more pages follow, but %s", no, en), fmt.Sprintf("第 %d 页称还有后续页，但%s", no, zh))
}

// digest is over what the page lists: the same rows in the same order, in the same state.
func (g *repeats) digest(p *Page) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	for i := range p.Items {
		it := &p.Items[i]
		for _, s := range []string{it.Order.Ref.External, it.Order.Ref.Period, string(it.Hash)} {
			_, _ = h.WriteString(s)
			_ = h.WriteByte(0)
		}
		if it.Err != nil {
			_, _ = h.Write(it.raw())
		}
	}
	return h.Sum64()
}
