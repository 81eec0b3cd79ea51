package rows

import (
	"slices"
	"strings"
)

// psqlHeadings are the headings of psql's \d, \dt+ and \di+ in its languages, in the order of
// the first one.
var psqlHeadings = func() (list [][]string) {
	for _, language := range [...]string{
		"schema name type owner table persistence access_method size description",
		"schéma jméno typ vlastník tabulka persistence access_method velikost popis",
		"schema name typ eigentümer tabelle persistenz zugriffsmethode größe beschreibung",
		"σχήμα όνομα τύπος ιδιοκτήτης πίνακας διάρκεια μέθοδος_πρόσβασης μέγεθος περιγραφή",
		"esquema nombre tipo dueño tabla persistencia método_de_acceso tamaño descripción",
		"schéma nom type propriétaire table persistence méthode_d'accès taille description",
		"schema nome tipo proprietario tabella persistenza metodo_di_accesso dimensione descrizione",
		"スキーマ 名前 タイプ 所有者 テーブル 永続性 アクセスメソッド サイズ 説明",
		"სქემა სახელი ტიპი მფლობელი ცხრილი შენახვა წვდომის_მეთოდი ზომა აღწერა",
		"스키마 이름 형태 소유주 테이블 지속성 접근_방법 크기 설명",
		"schemat nazwa typ właściciel tabela trwałość metoda_dostępu rozmiar opis",
		"esquema nome tipo dono tabela persistência método_de_acesso tamanho descrição",
		"схема имя тип владелец таблица хранение метод_доступа размер описание",
		"schema namn typ ägare tabell persistens accessmetod storlek beskrivning",
		"схема назва тип власник таблиця стійкість метод_доступу розмір опис",
		"模式 名称 类型 所有者 表 持久性 访问方法 大小 描述",
		"架构模式 名称 类型 拥有者 数据表 持久化 访问方法 大小 描述",
		"schema 名稱 型別 擁有者 資料表 永續性 存取方法 大小 描述",
	} {
		list = append(list, strings.Fields(language))
	}
	return list
}()

// psqlWords are what psql's listings call kinds of relations and their persistence in its
// languages, in the words of the server.
var psqlWords = func() map[string]string {
	words := map[string]string{}
	for english, others := range map[string]string{
		"table":             "tabulka, tabelle, πίνακας, tabla, tabella, テーブル, ცხრილი, 테이블, таблица, tabell, таблиця, 表, 数据表, 資料表, tabela",
		"index":             "ευρετήριο, índice, indice, インデックス, ინდექსი, 인덱스, индекс, індекс, 索引, indeks",
		"partitioned table": "partitioned tabulka, partitionierte tabelle, κατατμημένος πίνακας, tabla particionada, table partitionnée, tabella partizionata, パーティションテーブル, დაყოფილი ცხრილი, 파티션 테이블, секционированная таблица, partitionerad tabell, секційна таблиця, 分区表, 分割資料表, tabela partycjonowana, tabela particionada",
		"partitioned index": "partitionierter index, κατατετμημένο ευρετήριο, índice particionado, index partitionné, indice partizionato, パーティションインデックス, დაყოფილი ინდექსი, 파티션_인덱스, секционированный индекс, partitionerat index, секційний індекс, 分区索引, 分割索引",
		"materialized view": "materializovaný pohled, materialisierte sicht, υλοποιημένη όψη, vista materializada, vue matérialisée, vista materializzata, 実体化ビュー, მატერიალიზებული ხედი, 구체화된 뷰, материализованное представление, materialiserad vy, матеріалізоване подання, 物化视图, 物化檢視表, widok materializowany, visão materializada",
		"foreign table":     "foreign_tabulka, fremdtabelle, ξένος πίνακας, tabla foránea, table distante, tabella esterna, 外部テーブル, გარე ცხრილი, 외부 테이블, сторонняя таблица, främmande tabell, зовнішня таблиця, 外部表, 外部資料表, tabela obca, tabela externa",
		"view":              "pohled, sicht, όψη, vista, vue, ビュー, ხედი, 뷰(view), представление, vy, подання, 视图, 檢視, widok, visão",
		"sequence":          "sekvence, sequenz, ακολουθία, secuencia, séquence, sequenza, シーケンス, მიმდევრობა, 시퀀스, последовательность, sekvens, послідовність, 序列, 序列数, sekwencja, sequência",
		"toast table":       "toast-tabelle, toast πίνακας, tabla toast, table toast, tabella toast, toast テーブル, toast ცხრილი, toast 테이블, toast-таблица, toast-tabell, таблиця toast, toast 表, toast 資料表",
		"special":           "speciální",
		"permanent":         "μόνιμο, permanente, 永続, მუდმივი, 영구, постоянное, постійна, 永久的, 永久",
		"temporary":         "temporär, προσωρινό, temporal, temporaire, temporaneo, 一時, დროებითი, 임시, временное, тимчасова, 临时的, 暫時",
		"unlogged":          "ungeloggt, ακαταχώρητο, non journalisé, non registrato, ログなし, ჟურნალში არ-ჩაწერილი, 로깅안함, нежурналируемое, ologgad, нежурнальована, 不记录 wal, 不記錄 wal",
	} {
		for word := range strings.SplitSeq(others, ", ") {
			words[word] = english
		}
	}
	return words
}()

// inEnglish returns a reader of a listing that psql printed in another language, with the
// headings and the words that it has in English. Other relations stay as they are.
func inEnglish(r *Reader) *Reader {
	if len(r.columns) < 3 {
		return r
	}
	headings := psqlHeadings[0]
	for _, language := range psqlHeadings[1:] {
		if r.columns[0] != language[0] || r.columns[1] != language[1] || r.columns[2] != language[2] {
			continue
		}
		columns, at := slices.Clone(r.columns), map[string]int{}
		for i, c := range columns {
			if n := slices.Index(language, c); n >= 0 {
				columns[i] = headings[n]
			}
			at[columns[i]] = i
		}
		read := r.next
		r.columns = columns
		r.next = func() (Row, error) {
			row, err := read()
			if err != nil {
				return row, err
			}
			for _, column := range [...]string{"type", "persistence"} {
				if i, has := at[column]; has {
					if word := psqlWords[strings.ToLower(row.fields[i].kept())]; word != "" {
						row.fields[i] = field{value: word}
					}
				}
			}
			row.at = at
			return row, nil
		}
		return r
	}
	return r
}
