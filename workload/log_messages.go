package workload

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/serverlog"
)

// LogMessages are messages of one severity about one thing, of which the log counts no event.
type LogMessages struct {
	Severity string
	About    string
	Count    int
	// Parameter is the setting that the hint of the last one says to change; empty if none.
	Parameter string
	Last      Text // the last one, if it is about nothing known

	Signals []LogSignal // of a crash, each once

	client bool // see subject
}

// LogSignal is the end of a server process by a signal. A log in two formats, or pasted twice,
// tells it twice.
type LogSignal struct{ PID, Signal string }

// signaled matches: server process (PID 5) was terminated by signal 9: Killed.
var signaled = regexp.MustCompile(`\(PID (\d+)\) was terminated by signal (\d+)`)

// LogWraparound is what a log says of IDs that run out.
type LogWraparound struct {
	Database string
	Left     Float // IDs, as the last warning says
	Warnings int
	Refused  int // statements
}

// LogUsedUp is what a log says of a sequence that has no value left.
type LogUsedUp struct {
	Count int    // statements that failed
	End   string // its last value, which can have more digits than a float
	Down  bool   // it counts down, to its smallest value
}

// The kinds of events that a client shows as the log does.
const (
	EventDeadlocks  = "deadlocks"
	EventCanceled   = "canceled"
	EventRefused    = "refused"
	EventWraparound = "wraparound"
	EventDiskFull   = "disk full"
	EventUsedUp     = "sequences used up"
	EventMessages   = "messages"
)

const atFault = "faulty statements"

// AboutError returns what an error as psql prints it is about, empty if that is unknown, and
// whether the statement has to be corrected.
func AboutError(message string) (what string, faulty bool) {
	severity, text, _ := strings.Cut(message, ":")
	if what = aboutOf(severity, strings.TrimLeft(text, " "), "").what; what == unknownMessage {
		what = ""
	}
	return what, what == atFault
}

// What messages are about for which there is more to say than their number.
const (
	unknownMessage = "others"

	AboutDamage    = "damaged data"
	AboutStatus    = "the status of a transaction that cannot be read"
	AboutWALGone   = "WAL that a replica needs and the primary has removed"
	AboutSlotLost  = "replication slots that lost their WAL"
	AboutStorage   = "an error of the storage"
	AboutFiles     = "the limit of open files"
	AboutAccess    = "files of the server that it may not open"
	AboutCrash     = "a crash of the server"
	AboutMemory    = "out of memory"
	AboutShm       = "shared memory is full (/dev/shm)"
	AboutLockTable = "the table of locks is full"
	AboutReadOnly  = "writes to a server or in a transaction that only reads"
	AboutRange     = "numbers out of the range of their type"
	AboutCatalog   = "objects that the catalog does not have"
	AboutUsedUp    = "sequences without a value left"
	AboutTempLimit = "temp_file_limit"
)

// subject is what messages are about.
type subject struct {
	what     string
	severity string // empty: any
	// client tells that a client shows them of the server's state as well; the others are of
	// what it did itself.
	client bool
	marks  []string // parts of the messages
}

// about are the subjects of messages of trouble: the first that matches.
var about = []subject{
	{AboutShm, "", true, []string{"could not resize shared memory segment"}},
	{AboutLockTable, "", true, []string{"out of shared memory"}},
	{AboutMemory, "", true, []string{"out of memory", "Cannot allocate memory", "could not fork"}},
	{AboutDamage, "", true, []string{"invalid page", "could not read block", "missing chunk number", "unexpected chunk number", "page verification failed", "unexpected data beyond EOF",
		statusUnread, "unexpected zero page", "contains corrupted page", "failed to re-find", "compressed data is corrupt", "invalid memory alloc request size", "could not open file \"base/", "found xmin "}},
	{AboutCrash, "", true, []string{"was terminated by signal", "crash of another server process", "database system was interrupted", "could not locate a valid checkpoint record", "all server processes terminated"}},
	{"a statistics collector that does not answer", "", false, []string{"using stale statistics"}},
	{AboutReadOnly, "", true, []string{"in a read-only transaction"}},
	{AboutUsedUp, "", true, []string{"nextval: reached "}},
	{AboutRange, "", true, []string{"integer out of range", "bigint out of range", "smallint out of range", "a number is out of range", "is out of range for type integer", "is out of range for type bigint", "is out of range for type smallint"}},
	{AboutCatalog, "", true, []string{"could not open relation with OID", "cache lookup failed for"}},
	{AboutTempLimit, "", true, []string{"exceeds temp_file_limit"}},
	{"vacuum that an old transaction or the wraparound limit drives", "", false, []string{"oldest xmin is far in the past", "oldest multixact is far in the past", "tuples is far in the past", "as a failsafe after"}},
	{AboutWALGone, "", true, []string{"requested WAL segment"}},
	{AboutSlotLost, "", true, []string{"can no longer get changes from replication slot", "invalidating obsolete replication slot", "invalidating slot \""}},
	{"replication and archiving", "", false, []string{"replication slot", "WAL stream", "streaming", "walreceiver", "archiv", "recovery", "standby"}},
	{"a wrong database or role", "FATAL", false, []string{" does not exist", "is not permitted to log in", "is not currently accepting connections"}},
	{"permissions", "", false, []string{"permission denied", "must be owner of", "must be superuser", "must have "}},
	{"lost connections", "", true, []string{"connection to client lost", "could not receive data from client", "could not send data to client", "unexpected EOF on client connection", "SSL error", "SSL connection", "SSL SYSCALL error", "server closed the connection unexpectedly"}},
	{"locks that were not available (NOWAIT)", "", true, []string{"could not obtain lock"}},
	{"violated constraints", "", false, []string{"violates unique constraint", "violates foreign key constraint", "violates not-null constraint", "violates check constraint", "violates exclusion constraint", "conflicting key value"}},
	{"statements behind an error of their transaction", "", false, []string{"current transaction is aborted"}},
	{atFault, "ERROR", false, []string{"syntax error at", "does not exist", "is ambiguous", "already exists", "invalid input syntax", "missing FROM-clause", "invalid reference to FROM-clause", "must appear in the GROUP BY", "cannot cast",
		"division by zero", "value too long for type", "out of range", "more than one row returned", "unrecognized ", "is not unique", "cannot run inside a transaction block", "but expression is of type", "UNION query",
		"INSERT has more", "unterminated ", "is not supported", "there is no unique", "invalid byte sequence", "malformed ", "invalid input value", "could not determine ", "no operator matches", "must be type", "cannot be matched", "column reference", "has no field"}},
}

// What the system says when it refuses, in English and as glibc translates it to German, French,
// Spanish and Russian. A message or its detail ends with it. It tells the cause, whatever file
// or row the message is of.
var (
	noSpace  = []string{"No space left on device", "kein Speicherplatz mehr verfügbar", "Aucun espace disponible sur", "No queda espacio en el dispositivo", "На устройстве не осталось свободного места", "Disk quota exceeded", "Plattenplatz (Quota) ist überschritten", "Débordement du quota d'espace disque", "Se ha excedido la cuota de disco", "Превышена дисковая квота"}
	noFiles  = []string{"Too many open files", "Zu viele offene Dateien", "Trop de fichiers ouverts", "Demasiados ficheros abiertos", "Demasiados archivos abiertos", "Слишком много открытых файлов"}
	badDisk  = []string{": Input/output error", ": Eingabe-/Ausgabefehler", ": Erreur d'entrée/sortie", ": Error de entrada/salida", ": Ошибка ввода/вывода"}
	noAccess = []string{": Permission denied", ": Keine Berechtigung", ": Permission non accordée", ": Permiso denegado", ": Отказано в доступе", ": Operation not permitted", ": Die Operation ist nicht erlaubt", ": Opération non permise", ": Operación no permitida", ": Операция не позволена",
		": Read-only file system", ": Das Dateisystem ist nur lesbar", ": Système de fichiers accessible en lecture seulement", ": Sistema de ficheros de sólo lectura", ": Файловая система доступна только для чтения"}
	noFile = []string{": No such file or directory", ": Datei oder Verzeichnis nicht gefunden", ": Aucun fichier ou dossier de ce type", ": No existe el fichero o el directorio", ": No existe el archivo o el directorio", ": Нет такого файла или каталога"}

	// ownFile matches a file of the server, not one of COPY.
	ownFile = regexp.MustCompile(`["»«“] ?(?:base|global|pg_\w+)/`)
)

// statusUnread begins a message whose detail tells the cause: a file that is missing, which is
// damage, or a full disk, which is none.
const statusUnread = "could not access status of transaction"

func says(text string, any []string) bool {
	return slices.ContainsFunc(any, func(s string) bool { return strings.Contains(text, s) })
}

// aboutOf returns what a message of trouble is about, by the message and its detail.
func aboutOf(severity, text, detail string) subject {
	text, _, _ = strings.Cut(text, "\n")
	detail, _, _ = strings.Cut(detail, "\n")
	for _, s := range [...]string{text, detail} {
		switch {
		case says(s, noFiles):
			return subject{what: AboutFiles, client: true}
		case says(s, badDisk):
			return subject{what: AboutStorage, client: true}
		case says(s, noAccess) && ownFile.MatchString(s):
			return subject{what: AboutAccess, client: true}
		}
	}
	if strings.Contains(text, statusUnread) && detail == "" {
		return subject{what: AboutStatus, client: true}
	}
	if says(detail, noSpace) || strings.Contains(text, "could not open file \"base/") && !says(text, noFile) {
		return subject{what: unknownMessage}
	}
	for _, a := range about {
		if (a.severity == "" || a.severity == severity) && slices.ContainsFunc(a.marks, func(mark string) bool { return strings.Contains(text, mark) }) {
			return a
		}
	}
	return subject{what: unknownMessage}
}

// trouble are the severities of messages that are counted whatever they are about.
var trouble = map[string]bool{"WARNING": true, "ERROR": true, "FATAL": true, "PANIC": true}

// messageKey is what messages are counted by.
type messageKey struct{ severity, about string }

// message counts a message by what it is about.
func (t *tally) message(e *serverlog.Entry) {
	of := aboutOf(e.Severity, e.Text, e.Detail)
	key := messageKey{e.Severity, of.what}
	m := t.messages[key]
	if m == nil {
		m = &LogMessages{Severity: key.severity, About: key.about, client: of.client}
		if t.messages == nil {
			t.messages = map[messageKey]*LogMessages{}
		}
		t.messages[key] = m
	}
	m.Count++
	if s := signaled.FindStringSubmatch(e.Text); s != nil && key.about == AboutCrash {
		if is := (LogSignal{strings.Clone(s[1]), strings.Clone(s[2])}); len(m.Signals) < keptOthers && !slices.Contains(m.Signals, is) {
			m.Signals = append(m.Signals, is)
		}
	}
	if p := changes.FindStringSubmatch(e.Hint); p != nil {
		m.Parameter = p[1]
	}
	if key.about == unknownMessage || e.Severity == "PANIC" {
		const most = 120
		text, _, _ := strings.Cut(e.Text, "\n")
		if r := []rune(text); len(r) > most {
			text = string(r[:most-1]) + "…"
		}
		m.Last = redact.Plain(redact.Literals(inQuotes.ReplaceAllString(text, `"…"`)))
	}
}

// inQuotes matches what a message quotes, which can be data.
var inQuotes = regexp.MustCompile(`"[^"]*"?|«[^»]*»?|»[^«]*«?|“[^”]*”?`)

// changes matches a hint that names a setting to change, parameter the name of one.
var (
	changes   = regexp.MustCompile(`(?i:\b(?:increas|rais|reduc|set|enlarg)\w*\b)[^.]*?\b([a-z]+(?:_[a-z]+)+)\b`)
	parameter = regexp.MustCompile(`\b[a-z]+(?:_[a-z]+)+\b`)
)

// tally is what clients show as well as logs: it is counted for each, since both can show
// one error.
type tally struct {
	deadlocks    int
	deadlock     []Text
	deadlockOn   string
	deadlockFor  []string // modes of locks on whole tables
	canceled     map[string]int
	lastCanceled map[string]Text
	refused      map[string]int
	wraparound   map[string]*LogWraparound
	diskFull     map[string]int
	usedUp       map[string]LogUsedUp // by the sequence
	messages     map[messageKey]*LogMessages
}

// add adds another tally, which is not used any more.
func (t *tally) add(o *tally) {
	if t.deadlocks += o.deadlocks; o.deadlocks > 0 {
		t.deadlock, t.deadlockOn, t.deadlockFor = o.deadlock, o.deadlockOn, o.deadlockFor
	}
	for _, m := range [...]struct{ to, from *map[string]int }{{&t.canceled, &o.canceled}, {&t.refused, &o.refused}, {&t.diskFull, &o.diskFull}} {
		for what, n := range *m.from {
			countMore(m.to, what, n)
		}
	}
	for why, text := range o.lastCanceled {
		t.lastCanceledFor(why, text)
	}
	for what, w := range o.wraparound {
		t.runningOut(what).add(w)
	}
	for name, u := range o.usedUp {
		t.usedUpMore(name, u)
	}
	for key, m := range o.messages {
		if t.messages == nil {
			t.messages = map[messageKey]*LogMessages{}
		}
		if old := t.messages[key]; old != nil {
			m.Count += old.Count
			m.Parameter = cmp.Or(m.Parameter, old.Parameter)
			for _, is := range old.Signals {
				if !slices.Contains(m.Signals, is) {
					m.Signals = append(m.Signals, is)
				}
			}
		}
		t.messages[key] = m
	}
}

func (t *tally) lastCanceledFor(why string, text Text) {
	if t.lastCanceled == nil {
		t.lastCanceled = map[string]Text{}
	}
	if t.canceled[why] > 0 {
		t.lastCanceled[why] = text
	}
}

// runningOut returns what is known of a kind of IDs.
func (t *tally) runningOut(what string) *LogWraparound {
	if t.wraparound == nil {
		t.wraparound = map[string]*LogWraparound{}
	}
	if t.wraparound[what] == nil {
		t.wraparound[what] = new(LogWraparound)
	}
	return t.wraparound[what]
}

func (w *LogWraparound) add(o *LogWraparound) {
	w.Database = cmp.Or(o.Database, w.Database)
	if o.Left.Known() {
		w.Left = o.Left
	}
	w.Warnings, w.Refused = w.Warnings+o.Warnings, w.Refused+o.Refused
}

// logDoc is what is known of one document.
type logDoc struct {
	LogFile
	placed, server bool // it has entries with a place, and messages that only a server writes
	// shown is what clients show, or the messages of a log that has nothing before them, and
	// inexact what only the other messages show to be of a server.
	shown, inexact tally

	last, detail string // of the last entry of a driver
	seen         map[string]bool
}

// blockedBy matches what a client sees of a deadlock, which no other one has.
var blockedBy = regexp.MustCompile(`Process \d+ waits for [^;]*; blocked by process \d+`)

// repeats reports whether an entry is an error that was shown before: drivers print one for
// each layer, and a deadlock has its own processes and transactions.
func (d *logDoc) repeats(e *serverlog.Entry) bool {
	if is := blockedBy.FindString(e.Detail); is != "" {
		if d.seen[is] {
			return true
		}
		if d.seen == nil || len(d.seen) >= keptOthers {
			d.seen = map[string]bool{}
		}
		d.seen[is] = true
	}
	if !e.ByDriver {
		d.last = ""
		return false
	}
	text, _, _ := strings.Cut(e.Text, "\n")
	again := text == d.last && (e.Detail == "" || d.detail == "")
	d.last, d.detail = strings.Clone(text), strings.Clone(cmp.Or(e.Detail, d.detail))
	if !again {
		d.detail = strings.Clone(e.Detail)
	}
	return again
}

// end adds what only the whole document tells.
func (r *LogReader) endDoc() {
	d := &r.doc
	if d.server && !d.placed {
		d.Entries += d.shown.troubles()
		r.events.add(&d.shown)
	} else {
		maps.DeleteFunc(d.shown.messages, func(_ messageKey, m *LogMessages) bool { return !m.client }) // a client has its own faults
		d.Entries += d.shown.troubles()
		r.clients.add(&d.shown)
	}
	if d.server {
		d.Entries += d.inexact.troubles()
		r.events.add(&d.inexact)
	}
}

// troubles is how many messages are counted.
func (t *tally) troubles() int {
	n := 0
	for _, m := range t.messages {
		n += m.Count
	}
	return n
}

// filled returns what a log has of a kind, with what only a client shows.
func filled[T any](l *Log, kind string, of, clients map[string]T) map[string]T {
	if len(clients) == 0 {
		return of
	}
	of = maps.Clone(of)
	for what, v := range clients {
		if _, both := of[what]; !both {
			if of == nil {
				of = map[string]T{}
			}
			of[what] = v
			l.byClient[kind+what] = true
		}
	}
	return of
}

// events copies the tally into the log, with what only clients show.
func (l *Log) events(t, clients *tally) {
	l.byClient = map[string]bool{}
	l.Deadlocks, l.Deadlock, l.DeadlockOn, l.DeadlockModes = t.deadlocks, t.deadlock, t.deadlockOn, t.deadlockFor
	if t.deadlocks == 0 && clients.deadlocks > 0 {
		l.Deadlocks, l.Deadlock, l.DeadlockOn, l.DeadlockModes = clients.deadlocks, clients.deadlock, clients.deadlockOn, clients.deadlockFor
		l.byClient[EventDeadlocks] = true
	}
	l.LastCanceled = filled(l, EventCanceled, t.lastCanceled, clients.lastCanceled)
	l.Canceled = filled(l, EventCanceled, t.canceled, clients.canceled)
	l.Refused = filled(l, EventRefused, t.refused, clients.refused)
	l.Wraparound = filled(l, EventWraparound, t.wraparound, clients.wraparound)
	l.DiskFull = filled(l, EventDiskFull, t.diskFull, clients.diskFull)
	l.UsedUp = filled(l, EventUsedUp, t.usedUp, clients.usedUp)
	l.Messages = nil
	of := map[string]bool{}
	for _, m := range t.messages {
		l.Messages, of[m.About] = append(l.Messages, m), true
	}
	for _, m := range clients.messages {
		if !of[m.About] {
			l.Messages = append(l.Messages, m)
			l.byClient[EventMessages+m.About] = true
		}
	}
	slices.SortFunc(l.Messages, func(a, b *LogMessages) int {
		return cmp.Or(cmp.Compare(rankOf(a.Severity), rankOf(b.Severity)), cmp.Compare(len(a.Last.Raw()), len(b.Last.Raw())), cmp.Compare(b.Count, a.Count), cmp.Compare(a.About, b.About))
	})
}

func rankOf(severity string) int {
	return slices.Index([]string{"PANIC", "LOG", "FATAL", "ERROR", "WARNING"}, severity)
}

// Where returns where the events of a kind are, by what it counts them: in a server's log, or
// only in messages that have no place in one.
func (l *Log) Where(kind, what string) string {
	if l.byClient[kind+what] {
		return "in the input"
	}
	return "in the server log"
}

var (
	within    = regexp.MustCompile(`^(?:"([^"]*)"|with (OID \d+)) must be vacuumed (?:within|before) (\d+) (?:more )?(transaction|MultiXact)`)
	accepting = regexp.MustCompile(`^is not accepting commands (?:that (?:generate|assign) new ([\w ]+?) )?to avoid wraparound data loss in database (?:"([^"]*)"|with (OID \d+))`)
)

// wraparound reads a warning that IDs run out, or an error because they did: database "a"
// must be vacuumed within 39985967 transactions.
func (r *LogReader) wraparound(_ *serverlog.Entry, rest string) bool {
	kindOf := func(ids string) string {
		if strings.HasPrefix(ids, "MultiXact") {
			return "multixact"
		}
		return "transaction"
	}
	if m := within.FindStringSubmatch(rest); m != nil {
		w := r.into.runningOut(kindOf(m[4]))
		w.Warnings++
		left, _ := strconv.ParseFloat(m[3], 64)
		w.Database, w.Left = cmp.Or(m[1], m[2]), opt.Of(left)
		return true
	}
	if m := accepting.FindStringSubmatch(rest); m != nil {
		w := r.into.runningOut(kindOf(m[1]))
		w.Refused++
		w.Database = cmp.Or(m[2], m[3])
		return true
	}
	return false
}

// onDisk is what there is no space for, by the file that could not be written.
var onDisk = []struct{ in, what string }{
	{"pgsql_tmp", "temporary files"}, {"\"pg_wal/", "WAL"}, {"\"pg_xlog/", "WAL"}, {"\"base/", "tables or indexes"}, {"\"global/", "tables or indexes"}, {"\"pg_tblspc/", "tables or indexes"}, {"log file", "the server's log"},
}

// diskFull reads: could not extend file "base/16384/2619": No space left on device.
func (r *LogReader) diskFull(e *serverlog.Entry, rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	if detail, _, _ := strings.Cut(e.Detail, "\n"); !says(line, noSpace) && says(detail, noSpace) {
		line = detail // could not access status of transaction 0
	}
	full := says(line, noSpace) || strings.HasPrefix(line, "extend file ") && (strings.Contains(line, "wrote only ") || strings.Contains(e.Hint, "disk space"))
	if !full || strings.Contains(line, "shared memory") {
		return false
	}
	what := "other files"
	for _, d := range onDisk {
		if strings.Contains(line, d.in) {
			what = d.what
			break
		}
	}
	count(&r.into.diskFull, what)
	return true
}

// lastValue matches a sequence that is used up, and its last value. People mark parts of it.
var lastValue = regexp.MustCompile(`^(maximum|minimum) \**value of sequence ?\\?"([^"\\]+)\\?" \((-?\d{1,19})\)`)

// usedUp reads: nextval: reached maximum value of sequence "orders_id_seq" (2147483647).
func (r *LogReader) usedUp(_ *serverlog.Entry, rest string) bool {
	m := lastValue.FindStringSubmatch(rest)
	if m == nil {
		return false
	}
	r.into.usedUpMore(strings.Clone(m[2]), LogUsedUp{1, strings.Clone(m[3]), m[1] == "minimum"})
	return true
}

func (t *tally) usedUpMore(name string, u LogUsedUp) {
	if t.usedUp == nil {
		t.usedUp = map[string]LogUsedUp{}
	}
	if old, known := t.usedUp[name]; known || len(t.usedUp) < keptOthers {
		t.usedUp[name] = LogUsedUp{old.Count + u.Count, u.End, u.Down}
	}
}
