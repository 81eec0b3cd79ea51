package export

type Options struct{ WithValues bool }

func Script(o Options) string { return "" }
