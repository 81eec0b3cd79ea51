package serverlog

import (
	"fmt"
	"strings"
	"testing"
)

// Every message in another language, with values in its places, is the English one with
// these values.
func TestEnglish(t *testing.T) {
	value := func(verb string, n int) string {
		switch verb {
		case "s":
			return [...]string{"12.5", "a", "b", "SELECT x:\n y", "e", "f"}[n-1]
		case "T":
			return "1000.182"
		}
		return fmt.Sprint(10 * n)
	}
	fill := func(format string) string {
		one, _ := simple(format)
		n := 0
		return place.ReplaceAllStringFunc(one, func(p string) string {
			n++
			m := place.FindStringSubmatch(p)
			number := n
			if m[1] != "" {
				number = int(m[1][0] - '0')
			}
			return value(m[2], number)
		})
	}
	for _, tr := range translations {
		want := fill(tr.english)
		for _, other := range tr.others {
			if got := english(fill(other)); got != want {
				t.Errorf("%q:\ngot  %q\nwant %q", fill(other), got, want)
			}
		}
		if got := english(want); got != want {
			t.Errorf("%q became %q", want, got)
		}
	}
}

// Logs in other languages are read with their labels.
func TestLanguages(t *testing.T) {
	const stamp = "2026-01-01 00:00:00.000 CET [7] app@shop "
	for name, text := range map[string]string{
		"German":  stamp + "LOG:  Dauer: 12.5 ms  Anweisung: SELECT 1\n" + stamp + "LOG:  temporäre Datei: Pfad »base/x«, Größe 123\n" + stamp + "ANWEISUNG:  SELECT 2\n",
		"French":  stamp + "LOG:  durée : 12.5 ms, instruction : SELECT 1\n" + stamp + "LOG:  fichier temporaire : chemin « base/x », taille 123\n" + stamp + "INSTRUCTION :  SELECT 2\n",
		"Russian": stamp + "СООБЩЕНИЕ:  продолжительность: 12.5 мс, оператор: SELECT 1\n" + stamp + "СООБЩЕНИЕ:  временный файл: путь \"base/x\", размер 123\n" + stamp + "ОПЕРАТОР:  SELECT 2\n",
		"Chinese": stamp + "日志:  执行时间: 12.5 ms 语句: SELECT 1\n" + stamp + "日志:  临时文件: 路径 \"base/x\", 大小123\n" + stamp + "语句:  SELECT 2\n",
		"Korean":  stamp + "로그:  실행시간: 12.5 ms  명령 구문: SELECT 1\n" + stamp + "로그:  임시 파일: 경로 \"base/x\", 크기 123\n" + stamp + "명령 구문:  SELECT 2\n",
	} {
		if !Sniff([]byte(text)) {
			t.Errorf("%s: no log", name)
		}
		var got []string
		r := NewReader(func(e *Entry) { got = append(got, e.Severity+" "+e.Text+" of "+e.Query) })
		_, _ = r.Write([]byte(text))
		r.Close()
		if want := "LOG duration: 12.5 ms  statement: SELECT 1 of |LOG temporary file: path \"base/x\", size 123 of SELECT 2"; strings.Join(got, "|") != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, strings.Join(got, "|"), want)
		}
	}
}
