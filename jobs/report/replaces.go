package report

import "slices"

// citeReplaced says in the closing which withdrawn report this one replaces.
// An official who wrote the closing says it in other words, or not.
func (c *Compiled) citeReplaced(replaced string) {
	if replaced == "" {
		return
	}
	c.Replaces = replaced
	i := slices.IndexFunc(c.Sections, func(s Section) bool { return s.ID == "closing" })
	if i < 0 {
		return
	}
	sentence := "Báo cáo này thay thế " + Cited(replaced) + ".\n\n"
	s := &c.Sections[i]
	if s.Edited {
		s.Compiled = sentence + s.Compiled
		return
	}
	s.Text = sentence + s.Text
}
