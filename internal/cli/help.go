package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pgverdict/pgverdict/internal/report"
)

// groupOf is the annotation of a flag with the title of its group in the help.
const groupOf = "group"

// group puts flags under a title in the help.
func group(fs *pflag.FlagSet, title string, names ...string) {
	for _, name := range names {
		_ = fs.SetAnnotation(name, groupOf, []string{title})
	}
}

// flagHelp lists the flags of a command: its own, then those of each group.
func flagHelp(fs *pflag.FlagSet, width int) string {
	const own = "Flags"
	titles, groups := []string{own}, map[string]*pflag.FlagSet{own: pflag.NewFlagSet("", pflag.ContinueOnError)}
	fs.VisitAll(func(f *pflag.Flag) {
		title := own
		if of := f.Annotations[groupOf]; len(of) > 0 {
			title = of[0] + " flags"
		}
		if groups[title] == nil {
			titles, groups[title] = append(titles, title), pflag.NewFlagSet("", pflag.ContinueOnError)
		}
		groups[title].AddFlag(f)
	})
	var b strings.Builder
	for _, title := range titles {
		if text := groups[title].FlagUsagesWrapped(width); text != "" {
			b.WriteString("\n\n" + title + ":\n" + strings.TrimRight(text, "\n"))
		}
	}
	return b.String()
}

// dressHelp makes the help of all commands fit the terminal, with its flags in groups.
func dressHelp(root *cobra.Command, width int) {
	if width == 0 {
		width = 80
	}
	width = max(width, report.MinWidth)
	cobra.AddTemplateFunc("flagHelp", func(fs *pflag.FlagSet) string { return flagHelp(fs, width) })
	cobra.AddTemplateFunc("paragraphs", func(text string) string {
		var out []string
		for paragraph := range strings.SplitSeq(text, "\n\n") {
			out = append(out, strings.Join(report.Wrap(paragraph, min(width, 110)), "\n"))
		}
		return strings.Join(out, "\n\n")
	})
	root.SetHelpTemplate(strings.Replace(root.HelpTemplate(), "trimTrailingWhitespaces", "paragraphs", 1))
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "\n\nFlags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}", "{{flagHelp .LocalFlags}}", 1))
}
