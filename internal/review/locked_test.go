package review_test

import (
	"strings"
	"testing"
)

// An export that left definitions out, as it does of a locked table, says so.
func TestDefinitionsThatALockKeptBack(t *testing.T) {
	const head = "schemaname,tablename,indexname,amname,indexdef,indisunique,conname,contype\n"
	for text, note := range map[string]bool{
		head + "public,boats,boats_pkey,btree,,t,boats_pkey,p\npublic,crews,crews_pkey,btree,CREATE UNIQUE INDEX crews_pkey ON public.crews USING btree (id),t,crews_pkey,p\n": true,
		head + "public,crews,crews_pkey,btree,CREATE UNIQUE INDEX crews_pkey ON public.crews USING btree (id),t,crews_pkey,p\n":                                                false,
	} {
		rep := run(t, write(t, map[string]string{"i.csv": text}))
		said := strings.Join(rep.Workload.Notes, "\n")
		if strings.Contains(said, "boats") != note || strings.Contains(said, "crews") {
			t.Errorf("%q", said)
		}
	}
}
