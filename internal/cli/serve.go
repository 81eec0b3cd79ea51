package cli

import (
	"context"
	"fmt"
	"iter"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/serve"
)

// servePort is where the page is, unless --port says otherwise.
const servePort = 8765

func (e env) serve() *cobra.Command {
	var f flags
	var port uint16
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Open a page on this machine to paste plans and drop files",
		Long: "Serves a page on 127.0.0.1 where you paste a plan, exports or SQL, or drop files or folders, and get the report of review or of compare. " +
			"Nothing is stored, and nothing leaves this machine. Other machines cannot reach the page, and other pages cannot " +
			"send to it. It takes up to 64 MB at once. Ctrl-C stops it.",
		Example: "  pgverdict serve\n  pgverdict serve --port 9000 --show-literals",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, _, err := f.options()
			if err != nil {
				return err
			}
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				return fmt.Errorf("port %d of 127.0.0.1 cannot be used: give another one with --port", port)
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
			fmt.Fprintf(e.out, "http://%s/\n", l.Addr())
			fmt.Fprintln(e.err, "Open this page in a browser. Ctrl-C stops it.")
			s := serve.Server{
				Tool: report.Tool{Name: "pgverdict", Version: version()}, Full: f.detail.value == "full",
				Review: func(docs, before iter.Seq2[*input.Doc, error], literals bool) (*report.Report, []error) {
					o := o
					o.ShowLiterals, o.Before = o.ShowLiterals || literals, before
					rep, errs := review.Run(docs, o)
					if before != nil && !compared(rep) && len(errs) == 0 {
						errs = append(errs, errNotCompared)
					}
					return rep, errs
				},
			}
			return s.Serve(ctx, l)
		},
	}
	cmd.Flags().Uint16Var(&port, "port", servePort, "serve at port `N` of 127.0.0.1; 0 takes a free one")
	f.registerReview(cmd)
	return cmd
}
