package sql

// computed counts the operators and functions that an expression evaluates for each row,
// as cost_qual_eval does; constant reports that the planner computes it once instead.
func computed(n Node) (operators int, constant bool) {
	all := func(list ...Node) {
		constant = true
		for _, e := range list {
			count, once := computed(e)
			operators, constant = operators+count, constant && once
		}
	}
	add := func(count int) {
		if !constant {
			operators += count
		}
	}
	switch n.Kind {
	case "A_Const", "ParamRef", "":
		return 0, true
	case "SQLValueFunction": // CURRENT_DATE
		return 1, false
	case "TypeCast":
		arg := n.Child("arg")
		all(arg)
		switch {
		case relabels[typeName(n.Get("typeName"))]:
		case arg.Kind == "A_Expr" && endsWith(arg.Strs("name"), "->>"):
			add(2) // by the output and the input function of the types
		default:
			add(1)
		}
	case "FuncCall":
		all(n.List("args")...)
		name := n.Strs("funcname")
		constant = constant && len(name) > 0 && !changing[name[len(name)-1]]
		add(1)
	case "A_Expr":
		left := n.Child("lexpr")
		all(left, n.Child("rexpr"))
		if typeOfValue(left) == "timestamp with time zone" {
			constant = false // with an interval, it depends on the time zone
		}
		add(1)
	case "CoalesceExpr", "MinMaxExpr":
		all(n.List("args")...)
		if n.Kind == "MinMaxExpr" {
			add(1)
		}
	case "A_ArrayExpr":
		all(n.List("elements")...)
	case "CollateClause":
		return computed(n.Child("arg"))
	}
	return operators, constant
}

func endsWith(name []string, last string) bool {
	return len(name) > 0 && name[len(name)-1] == last
}

// changing are functions that are not IMMUTABLE: the planner does not compute them once,
// even of constants.
var changing = map[string]bool{
	"now": true, "transaction_timestamp": true, "statement_timestamp": true, "clock_timestamp": true, "age": true,
	"to_char": true, "to_date": true, "to_timestamp": true, "current_setting": true, "random": true,
	"gen_random_uuid": true, "nextval": true, "txid_current": true,
}
