package serverlog

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Servers write their messages in the language of lc_messages. Here are those that tell
// of the workload, as PostgreSQL prints them, with the places of their values.

// labels are the words before a message in other languages, by the English one.
var labels = map[string]string{
	"LOG":       "LOGG ЗАПИСУВАННЯ СООБЩЕНИЕ 日志 로그",
	"ERROR":     "ERREUR ERRO ERRORE FEHLER FEL ОШИБКА ПОМИЛКА 错误 오류",
	"FATAL":     "FATALE FATALT ВАЖНО ФАТАЛЬНО 致命错误 치명적오류",
	"PANIC":     "PANICO PANIK ПАНІКА ПАНИКА 比致命错误还过分的错误 손상",
	"WARNING":   "ATTENTION ATTENZIONE VARNING WARNUNG ПОПЕРЕДЖЕННЯ ПРЕДУПРЕЖДЕНИЕ 警告 경고",
	"NOTICE":    "HINWEIS NOTIFICA NOTIS ЗАМЕЧАНИЕ ПОВІДОМЛЕННЯ 注意 알림",
	"STATEMENT": "ANWEISUNG COMANDO INSTRUCTION ISTRUZIONE SATS SENTENCIA ІНСТРУКЦІЯ ОПЕРАТОР 文 语句 구문",
	"DETAIL":    "DETALHE DETALJ DETALLE DETTAGLI DÉTAIL ВІДОМОСТІ ПОДРОБНОСТИ 詳細 详细信息 상세정보",
	"CONTEXT":   "CONTESTO CONTEXTE CONTEXTO KONTEXT ZUSAMMENHANG КОНТЕКСТ 上下文 文脈 내용",
	"HINT":      "ASTUCE DICA SUGGERIMENTO TIPP TIPS ПОДСКАЗКА УКАЗІВКА ヒント 提示 힌트",
	"QUERY":     "ANFRAGE CONSULTA FRÅGA REQUÊTE ЗАПИТ ЗАПРОС 問い合わせ 查询 쿼리",
}

// englishLabels are the words before a message in other languages with the English one.
var englishLabels = sync.OnceValue(func() map[string]string {
	of := map[string]string{}
	for label, others := range labels {
		for word := range strings.FieldsSeq(others) {
			of[word] = label
		}
	}
	return of
})

// translations are messages in German, Spanish, French, Italian, Japanese, Korean,
// Portuguese, Russian, Swedish, Ukrainian and Chinese, by the English one. The more specific one is
// before the other.
var translations = []struct {
	english string
	others  []string
}{
	{"duration: %s ms  statement: %s", []string{
		"Dauer: %s ms  Anweisung: %s",
		"duração: %s ms  comando: %s",
		"duración: %s ms  sentencia: %s",
		"durée : %s ms, instruction : %s",
		"durata: %s ms  istruzione: %s",
		"期間: %s ミリ秒  文: %s",
		"실행시간: %s ms  명령 구문: %s",
		"продолжительность: %s мс, оператор: %s",
		"varaktighet: %s ms  sats: %s",
		"тривалість: %s мс, оператор: %s",
		"执行时间: %s ms 语句: %s",
	}},
	{"duration: %s ms  parse %s: %s", []string{
		"Dauer: %s ms  Parsen %s: %s",
		"duración: %s ms  parse: %s: %s",
		"durée : %s ms, analyse %s : %s",
		"durata: %s ms  analisi di %s: %s",
		"期間: %s ミリ秒  パース%s : %s",
		"실행시간: %s ms  %s 구문분석: %s",
		"продолжительность: %s мс, разбор %s: %s",
		"varaktighet: %s ms  parse %s: %s",
		"тривалість: %s мс, аналізування %s: %s",
		"执行时间: %s ms  解析 %s: %s",
	}},
	{"duration: %s ms  bind %s: %s", []string{
		"Dauer: %s ms  Binden %s%s%s: %s",
		"duración: %s ms  bind %s%s%s: %s",
		"durée : %s ms, lien %s%s%s : %s",
		"durata: %s ms  bind %s%s%s: %s",
		"期間: %s ミリ秒  バインド %s%s%s: %s",
		"실행시간: %s ms  %s%s%s 접속: %s",
		"продолжительность: %s мс, сообщение Bind %s%s%s: %s",
		"varaktighet: %s ms  bind %s%s%s: %s",
		"тривалість: %s мс, повідомлення bind %s%s%s: %s",
		"执行时间: %s ms 绑定%s%s%s: %s",
	}},
	{"duration: %s ms  execute %s %s: %s", []string{
		"Dauer: %s ms  %s %s%s%s: %s",
		"duração: %s ms  %s %s%s%s: %s",
		"duración: %s ms  %s %s%s%s: %s",
		"durée : %s ms  %s %s%s%s: %s",
		"durata: %s ms  %s %s%s%s: %s",
		"期間: %s ミリ秒  %s %s%s%s: %s",
		"수행시간: %s ms  %s %s%s%s: %s",
		"продолжительность: %s мс  %s %s%s%s: %s",
		"varaktighet: %s ms  %s %s%s%s: %s",
		"тривалість: %s мс %s %s%s%s: %s",
	}},
	{"duration: %s ms  execute %s: %s", []string{
		"执行时间: %s ms %s: %s",
	}},
	{"duration: %s ms", []string{
		"Dauer: %s ms",
		"duração: %s ms",
		"duración: %s ms",
		"durée : %s ms",
		"durata: %s ms",
		"期間: %s ミリ秒",
		"실행시간: %s ms",
		"продолжительность: %s мс",
		"varaktighet %s ms",
		"тривалість: %s мс",
		"执行时间: %s ms",
	}},
	{"statement: %s", []string{
		"Anweisung: %s",
		"comando: %s",
		"sentencia: %s",
		"instruction : %s",
		"istruzione: %s",
		"文: %s",
		"명령 구문: %s",
		"оператор: %s",
		"sats: %s",
		"语句: %s",
	}},
	{"temporary file: path \"%s\", size %lu", []string{
		"temporäre Datei: Pfad »%s«, Größe %lu",
		"archivo temporal: ruta «%s», tamaño %lu",
		"fichier temporaire : chemin « %s », taille %lu",
		"file temporaneo: percorso \"%s\", dimensione %lu",
		"一時ファイル: パス \"%s\"、サイズ %lu",
		"임시 파일: 경로 \"%s\", 크기 %lu",
		"временный файл: путь \"%s\", размер %lu",
		"temporär fil: sökväg \"%s\", storlek %lu",
		"тимчасовий файл: шлях \"%s\", розмір %lu",
		"临时文件: 路径 \"%s\", 大小%lu",
	}},
	{"process %d still waiting for %s on %s after %ld.%03d ms", []string{
		"Prozess %d wartet immer noch auf %s-Sperre auf %s nach %ld,%03d ms",
		"el proceso %d aún espera %s en %s después de %ld.%03d ms",
		"le processus %d est toujours en attente de %s sur %s après %ld.%03d ms",
		"il processo %d è ancora un attesa di %s su %s dopo %ld.%03d ms",
		"プロセス%dは%sを%sで待機しています。%ld.%03dミリ秒後",
		"%d PID 프로세스에서 여전히 %s(%s) 작업을 기다리고 있음(%ld.%03dms 후)",
		"процесс %d продолжает ожидать в режиме %s блокировку \"%s\" в течение %ld.%03d мс",
		"process %d väntar fortfarande på %s för %s efter %ld.%03d ms",
		"процес %d все ще чекає в режимі %s блокування %s після %ld.%03d мс",
		"进程%1$d在%4$ld.%5$03d ms仍然等待在%3$s上的%2$s",
	}},
	{"process %d acquired %s on %s after %ld.%03d ms", []string{
		"Prozess %d erlangte %s-Sperre auf %s nach %ld,%03d ms",
		"el proceso %d adquirió %s en %s después de %ld.%03d ms",
		"le processus %d a acquis %s sur %s après %ld.%03d ms",
		"il processo %d ha acquisito %s su %s dopo %ld.%03d ms",
		"プロセス%1$dは%4$ld.%5$03d ms後に%3$s上の%2$sを獲得しました",
		"%d PID 프로세스가 %s(%s) 작업을 위해 잠금 취득함(%ld.%03dms 후)",
		"процесс %d получил в режиме %s блокировку \"%s\" через %ld.%03d мс",
		"process %d fick %s på %s efter %ld.%03d ms",
		"процес %d отримав в режимі %s блокування %s після %ld.%03d мс",
		"进程%1$d在%4$ld.%5$03d ms后获取在%3$s上的%2$s",
	}},
	{"process %d detected deadlock while waiting for %s on %s after %ld.%03d ms", []string{
		"Prozess %d hat Verklemmung festgestellt beim Warten auf %s-Sperre auf %s nach %ld,%03d ms",
		"el proceso %d detectó un deadlock mientras esperaba %s en %s después de %ld.%03d ms",
		"le processus %d a détecté un verrou mortel alors qu'il était en attente de\n%s sur %s après %ld.%03d ms",
		"il processo %d ha individuato un deadlock mentre era in attesa di %s su %s dopo %ld.%03d ms",
		"プロセス%1$dは、%3$s上の%2$sに対し%4$ld.%5$03d ms待機するデッドロックを検知しました",
		"%d PID 프로세스에서 %s(%s) 대기중 %ld.%03dms 후에 교착 상태를 감지함",
		"процесс %d обнаружил взаимоблокировку, ожидая в режиме %s блокировку \"%s\" в течение %ld.%03d мс",
		"process %d upptäckte deadlock medan den väntade på %s för %s efter %ld.%03d ms",
		"процес %d виявив взаємне блокування, чекаючи в режимі %s блокування %s після %ld.%03d мс",
		"进程%1$d在%4$ld.%5$03d ms等待在%3$s上的%2$s同时监测到死锁",
	}},
	{"deadlock detected", []string{
		"Verklemmung (Deadlock) entdeckt",
		"se ha detectado un deadlock",
		"interblocage (deadlock) détecté",
		"rilevato deadlock",
		"デッドロックを検出しました",
		"deadlock 발생했음",
		"обнаружена взаимоблокировка",
		"deadlock upptäckt",
		"виявлено взаємне блокування",
		"检测到死锁",
	}},
	{"checkpoint starting:%s", []string{
		"Checkpoint beginnt:%s%s%s%s%s%s%s%s",
		"empezando checkpoint:%s%s%s%s%s%s%s%s",
		"début du checkpoint :%s%s%s%s%s%s%s%s",
		"inizio checkpoint:%s%s%s%s%s%s%s%s",
		"チェックポイント開始:%s%s%s%s%s%s%s%s",
		"체크포인트 시작:%s%s%s%s%s%s%s%s",
		"начата контрольная точка:%s%s%s%s%s%s%s%s",
		"checkpoint startar:%s%s%s%s%s%s%s%s",
		"початок контрольної точки: %s%s%s%s%s%s%s%s",
	}},
	{"automatic vacuum of table \"%s.%s.%s\": index scans: %d\n", []string{
		"automatisches Vacuum der Tabelle »%s.%s.%s«: Index-Scans: %d\n",
		"vacuum automático de la tabla «%s.%s.%s»: recorridos de índice: %d\n",
		"VACUUM automatique de la table « %s.%s.%s » : %d parcours d'index\n",
		"vacuum automatico della tabella \"%s.%s.%s\": scan di indici: %d\n",
		"テーブル\"%s.%s.%s\"の自動VACUUM: インデックススキャン: %d\n",
		"\"%s.%s.%s\" 테이블 자동 청소: 인덱스 탐색: %d\n",
		"автоматическая очистка таблицы \"%s.%s.%s\": сканирований индекса: %d\n",
		"automatisk vacuum av tabell \"%s.%s.%s\": indexskanningar: %d\n",
		"автоматичне очищення таблиці \"%s.%s.%s\": сканувань індексу: %d\n",
		"自动清理表\"%s.%s.%s\"：索引扫描：%d\n",
	}},
	{"automatic analyze of table \"%s.%s.%s\"\n", []string{
		"automatisches Analysieren der Tabelle »%s.%s.%s«\n",
		"análisis automático de la tabla «%s.%s.%s»\n",
		"ANALYZE automatique de la table « %s.%s.%s »\n",
		"analisi automatica della tabella \"%s.%s.%s\"\n",
		"テーブル\"%s.%s.%s\"に対する自動ANALYZE\n",
		"\"%s.%s.%s\" 테이블 자동 분석\n",
		"автоматический анализ таблицы \"%s.%s.%s\"\n",
		"automatisk analys av tabell \"%s.%s.%s\"\n",
		"автоматичний аналіз таблиці \"%s.%s.%s\"\n",
	}},
	{"database \"%s\" must be vacuumed within %u transactions", []string{
		"Datenbank »%s« muss innerhalb von %u Transaktionen gevacuumt werden",
		"base de datos «%s» debe ser limpiada dentro de %u transacciones",
		"un VACUUM doit être exécuté sur la base de données « %s » dans un maximum de\n%u transactions",
		"è necessario eseguire il VACUUM sul database \"%s\" entro %u transazioni",
		"データベース\"%s\"は%uトランザクション以内にVACUUMする必要があります",
		"\"%s\" 데이터베이스는 %u번의 트랜잭션이 발생되기 전에 청소해야 합니다",
		"база данных \"%s\" должна быть очищена (предельное число транзакций: %u)",
		"databas \"%s\" måste städas (vacuum) inom %u transaktioner",
		"база даних \"%s\" повинна бути очищена (граничне число транзакцій: %u)",
		"数据库 \"%s\"在运行%u个事务中进行清理(vacuume).",
	}},
	{"database \"%s\" must be vacuumed before %u more MultiXactIds are used", []string{
		"Datenbank »%s« muss gevacuumt werden, bevor %u weitere MultiXactId aufgebraucht ist",
		"Datenbank »%s« muss gevacuumt werden, bevor %u weitere MultiXactIds aufgebraucht sind",
		"base de datos «%s» debe ser limpiada antes de que %u más MultiXactId sea usado",
		"base de datos «%s» debe ser limpiada dentro de que %u más MultiXactIds sean usados",
		"un VACUUM doit être exécuté sur la base de données « %s » dans un maximum de %u MultiXactId",
		"il database \"%s\" deve ricevere un vacuum prima che altri %u MultiXactIds siano usati",
		"データベース\"%s\"はあと%u個のMultiXactIdが使われる前にVACUUMする必要があります",
		"\"%s\" 데이터베이스는 %u번의 트랜잭션이 발생되기 전에 VACUUM 작업을 해야 합니다.",
		"база данных \"%s\" должна быть очищена, прежде чем будут использованы оставшиеся MultiXactId (%u)",
		"databasen \"%s\" måste städas innan ytterligare %u MultiXactId används",
		"databasen \"%s\" måste städas innan ytterligare %u MultiXactId:er används",
		"база даних \"%s\" повинна бути очищена (vacuumed), перед тим як більшість MultiXactId буде використана (%u)",
		"бази даних \"%s\" повинні бути очищені (vacuumed) перед тим, як більшість MultiXactId буде використано (%u)",
		"баз даних \"%s\" повинні бути очищені (vacuumed) перед тим, як більшість MultiXactIds буде використано (%u)",
		"数据库 \"%s\"必须在运行%u个事务前进行清理(vacuume).",
	}},
	{"database is not accepting commands to avoid wraparound data loss in database \"%s\"", []string{
		"Datenbank nimmt keine Befehle an, um Datenverlust wegen Transaktionsnummernüberlauf in Datenbank »%s« zu vermeiden",
		"la base de datos no está aceptando órdenes para evitar pérdida de datos debido al problema del reciclaje de transacciones en la base de datos «%s»",
		"la base de données n'accepte plus de requêtes pour éviter des pertes de\ndonnées à cause de la réinitialisation de l'identifiant de transaction dans\nla base de données « %s »",
		"il database non accetta comandi per evitare perdita di dati per wraparound \"%s\"",
		"データベース\"%s\"における周回によるデータ損失を防ぐために、データベースは問い合わせを受け付けていません",
		"\"%s\" 데이터베이스 트랜잭션 ID 겹침에 의한 자료 손실을 방지하기 위해 더 이상 자료 조작 작업을 허용하지 않습니다",
		"база данных не принимает команды во избежание потери данных из-за зацикливания транзакций в базе данных \"%s\"",
		"databasen tar inte emot kommandon för att förhinda dataförlust vid \"wraparound\" i databasen \"%s\"",
		"база даних не приймає команди, щоб уникнути втрати даних через зациклення транзакцій в БД \"%s\"",
		"数据库没有接收命令来避免在数据库\"%s\"中的重叠数据损失",
	}},
	{"sorry, too many clients already", []string{
		"tut mir leid, schon zu viele Verbindungen",
		"lo siento, ya tenemos demasiados clientes",
		"désolé, trop de clients sont déjà connectés",
		"spiacente, troppi client già connessi",
		"現在クライアント数が多すぎます",
		"최대 동시 접속자 수를 초과했습니다.",
		"извините, уже слишком много клиентов",
		"ledsen, för många klienter",
		"вибачте, вже забагато клієнтів",
		"对不起, 已经有太多的客户",
	}},
	{"remaining connection slots are reserved for non-replication superuser connections", []string{
		"die verbleibenden Verbindungen sind für Superuser auf Nicht-Replikationsverbindungen reserviert",
		"las conexiones restantes están reservadas a superusuarios y no de replicación",
		"les emplacements de connexions restants sont réservés pour les connexions\nsuperutilisateur non relatif à la réplication",
		"i rimanenti slot di connessione sono riservati a connessioni di superutenti non di replica",
		"残りの接続スロットはレプリケーションユーザーではないスーパーユーザー用に予約されています",
		"남은 연결 슬롯은 non-replication 슈퍼유저 연결용으로 남겨 놓았음",
		"оставшиеся слоты подключений зарезервированы для подключений суперпользователя (не для репликации)",
		"resterande anslutningsslottar är reserverade för superuser-anslutningar utan replikering",
		"слоти підключень, які залишились, зарезервовані для підключень суперкористувача (не для реплікації)",
		"已保留的连接位置为执行非复制请求的超级用户预留",
	}},
	{"could not extend file \"%s\": %s", []string{
		"konnte Datei »%s« nicht erweitern: %s",
		"no se pudo extender el archivo «%s»: %s",
		"n'a pas pu étendre le fichier « %s » : %s",
		"non è stato possibile estendere il file \"%s\": %s",
		"ファイル\"%s\"を拡張できませんでした: %s",
		"\"%s\" 파일을 확장할 수 없음: %s",
		"не удалось увеличить файл \"%s\": %s",
		"kunde inte utöka fil \"%s\": %s",
		"не вдалося розширити файл \"%s\": %s",
		"无法扩展文件 \"%s\": %s",
	}},
	{"Check free disk space.", []string{
		"Prüfen Sie den freien Festplattenplatz.",
		"Verifique el espacio libre en disco.",
		"Vérifiez l'espace disque disponible.",
		"Controlla lo spazio libero sul disco.",
		"ディスクの空き容量をチェックしてください。",
		"디스크 여유 공간을 확인해 주십시오.",
		"Проверьте, есть ли место на диске.",
		"Kontrollera ledigt diskutrymme.",
		"Перевірьте вільний дисковий простір.",
		"检查空闲磁盘控件.",
	}},
	{"checkpoints are occurring too frequently (%d seconds apart)", []string{
		"Checkpoints passieren zu oft (alle %d Sekunde)",
		"Checkpoints passieren zu oft (alle %d Sekunden)",
		"los puntos de control están ocurriendo con demasiada frecuencia (cada %d segundo)",
		"los puntos de control están ocurriendo con demasiada frecuencia (cada %d segundos)",
		"les points de vérification (checkpoints) arrivent trop fréquemment\n(toutes les %d seconde)",
		"les points de vérification (checkpoints) arrivent trop fréquemment\n(toutes les %d secondes)",
		"i checkpoint stanno avvenendo troppo frequentemente (a distanza di %d secondo)",
		"i checkpoint stanno avvenendo troppo frequentemente (a distanza di %d secondi)",
		"チェックポイントの発生周期が短すぎます(%d秒間隔)",
		"체크포인트가 너무 자주 발생함 (%d초 간격)",
		"контрольные точки происходят слишком часто (через %d сек.)",
		"checkpoint:s sker för ofta (%d sekund emellan)",
		"checkpoint:s sker för ofta (%d sekunder emellan)",
		"контрольні точки відбуваються занадто часто (через %d сек.)",
		"检查点事件发生过于频繁(%d 秒间隔)",
	}},
	{"canceling statement due to statement timeout", []string{
		"storniere Anfrage wegen Zeitüberschreitung der Anfrage",
		"cancelando la sentencia debido a que se agotó el tiempo de espera de sentencias",
		"annulation de la requête à cause du délai écoulé pour l'exécution de l'instruction",
		"annullamento dell'istruzione a causa di timeout",
		"ステートメントのタイムアウトのためステートメントをキャンセルしています",
		"명령실행시간 초과로 작업을 취소합니다.",
		"выполнение оператора отменено из-за тайм-аута",
		"avbryter sats på grund av sats-timeout",
		"виконання оператора скасовано через тайм-аут",
		"由于语句执行超时，正在取消查询命令",
	}},
	{"canceling statement due to lock timeout", []string{
		"storniere Anfrage wegen Zeitüberschreitung einer Sperre",
		"cancelando la sentencia debido a que se agotó el tiempo de espera de candados (locks)",
		"annulation de la requête à cause du délai écoulé pour l'obtention des verrous",
		"annullamento dell'istruzione a causa di timeout di lock",
		"ロックのタイムアウトのためステートメントをキャンセルしています",
		"잠금 대기 시간 초과로 작업을 취소합니다.",
		"выполнение оператора отменено из-за тайм-аута блокировки",
		"avbryter sats på grund av lås-timeout",
		"виконання оператора скасовано через тайм-аут блокування",
		"由于锁超时，取消语句操作",
	}},
	{"canceling statement due to user request", []string{
		"storniere Anfrage wegen Benutzeraufforderung",
		"cancelando la sentencia debido a una petición del usuario",
		"annulation de la requête à la demande de l'utilisateur",
		"annullamento dell'istruzione su richiesta dell'utente",
		"ユーザーからの要求により文をキャンセルしています",
		"사용자 요청에 의해 작업을 취소합니다.",
		"выполнение оператора отменено по запросу пользователя",
		"avbryter sats på användares begäran",
		"виконання оператора скасовано по запиту користувача",
		"由于用户请求而正在取消查询",
	}},
	{"relation %u of database %u", []string{
		"Relation %u der Datenbank %u",
		"relación %u de la base de datos %u",
		"relation %u de la base de données %u",
		"la relazione %u del database %u",
		"データベース%2$uのリレーション%1$u",
		"릴레이션 %u, 데이터베이스 %u",
		"отношение %u базы данных %u",
		"relation %u i databasen %u",
		"відношення %u бази даних %u",
		"数据库%2$u的关系%1$u",
	}},
	{"transaction %u", []string{
		"Transaktion %u",
		"transacción %u",
		"la transazione %u",
		"トランザクション %u",
		"트랜잭션 %u",
		"транзакция %u",
		"transaktion %u",
		"транзакція %u",
		"事务 %u",
	}},
	{"tuple (%u,%u) of relation %u of database %u", []string{
		"Tupel (%u, %u) von Relation %u von Datenbank %u",
		"tupla (%u,%u) de la relación %u de la base de datos %u",
		"ligne (%u,%u) de la relation %u de la base de données %u",
		"la tupla (%u,%u) della relazione %u del database %u",
		"データベース%4$uのリレーション%3$uのタプル(%2$u,%1$u)",
		"튜플 (%u,%u), 릴레이션 %u, 데이터베이스 %u",
		"кортеж (%u,%u) отношения %u базы данных %u",
		"tuple (%u,%u) i relation %u i databas %u",
		"кортеж (%u,%u) відношення %u бази даних %u",
		"数据库%4$u的关系%3$u中的元组(%1$u,%2$u)",
	}},
	{"while updating tuple (%u,%u) in relation \"%s\"", []string{
		"beim Aktualisieren von Tupel (%u,%u) in Relation »%s«",
		"mientras se actualizaba la tupla (%u,%u) en la relación «%s»",
		"lors de la mise à jour de la ligne (%u,%u) dans la relation « %s »",
		"durante la modifica della tupla (%u,%u) nella relazione \"%s\"",
		"リレーション\"%3$s\"のタプル(%1$u,%2$u)の更新中",
		"%u,%u 튜플(해당 릴레이션 \"%s\")을 갱신하는 중에 발생",
		"при изменении кортежа (%u,%u) в отношении \"%s\"",
		"vid uppdatering av tupel (%u,%u) i relation \"%s\"",
		"при оновленні кортежу (%u,%u) в зв'язку \"%s\"",
		"当更新关系\"%3$s\"的元组(%1$u, %2$u)时",
	}},
	{"while locking tuple (%u,%u) in relation \"%s\"", []string{
		"beim Sperren von Tupel (%u,%u) in Relation »%s«",
		"mientras se bloqueaba la tupla (%u,%u) de la relación «%s»",
		"lors du verrouillage de la ligne (%u,%u) dans la relation « %s »",
		"durante il blocco della tupla (%u,%u) nella relazione \"%s\"",
		"リレーション\"%3$s\"のタプル(%1$u,%2$u)のロック中",
		"%u,%u 튜플을 \"%s\" 릴레이션에서 잠그는 중에 발생",
		"при блокировке кортежа (%u,%u) в отношении \"%s\"",
		"vid låsning av tupel (%u,%u) i relation \"%s\"",
		"при блокуванні кортежу (%u,%u) в зв'язку \"%s\"",
		"当锁定关系\"%3$s\"的元组(%1$u, %2$u)时",
	}},
	{"nextval: reached maximum value of sequence \"%s\" (%lu)", []string{
		"nextval: Maximalwert von Sequenz »%s« erreicht (%lu)",
		"nextval: se alcanzó el máximo valor de la secuencia «%s» (%lu)",
		"nextval: raggiunto il valore massimo della sequenza \"%s\" (%lu)",
		"nextval: シーケンス\"%s\"の最大値(%lu)に達しました",
		"nextval:  \"%s\" 시퀀스의 최대값(%lu)이 되었습니다",
		"функция nextval достигла максимума для последовательности \"%s\" (%lu)",
		"nextval: har nått det maximala värdet för sekvensen \"%s\" (%lu)",
		"nextval: досягнено максимального значення послідовності \"%s\" (%lu)",
		"nextval: 达到序列 \"%s\" 的最大值了 (%lu)",
	}},
	{"Process %d waits for %s on %s; blocked by process %d.", []string{
		"Prozess %d wartet auf %s-Sperre auf %s; blockiert von Prozess %d.",
		"El proceso %d espera %s en %s; bloqueado por proceso %d.",
		"Le processus %d attend %s sur %s ; bloqué par le processus %d.",
		"Il processo %d è in attesa di %s su %s; bloccato dal processo %d.",
		"プロセス %d は %s を %s で待機していましたが、プロセス %d でブロックされました",
		"%d 프로세스가 %s 상태로 지연되고 있음(해당 작업: %s); %d 프로세스에 의해 블록킹되었음",
		"Процесс %d ожидает в режиме %s блокировку \"%s\"; заблокирован процессом %d.",
		"Process %d väntar på %s för %s; blockerad av process %d.",
		"Процес %d очікує в режимі %s блокування \"%s\"; заблокований процесом %d.",
		"进程%1$d等待在%3$s上的%2$s; 由进程%4$d阻塞.",
	}},
	{"Process %d: %s", []string{
		"Prozess %d: %s",
		"Proceso %d: %s",
		"Processus %d : %s",
		"Processo %d: %s",
		"プロセス %d: %s",
		"프로세스 %d: %s",
		"Процесс %d: %s",
		"Процес %d: %s",
		"进程 %d: %s",
	}},
}

// foreign is a message in another language.
type foreign struct {
	begin string // what is before its first value, without the blanks at its end
	re    *regexp.Regexp
	args  []int // the numbers of the values, in the order of the message
	to    string
}

var (
	thousandths = regexp.MustCompile(`%(\d\$)?ld[.,]%(?:\d\$)?03d`)
	repeated    = regexp.MustCompile(`(?:%s){2,}`)
	place       = regexp.MustCompile(`%(?:(\d)\$)?(lu|[sduT])`)
	blanks      = regexp.MustCompile(`[ \x{a0}]+`)
)

// foreignMessages are the translations by their first letter.
var foreignMessages = sync.OnceValue(func() map[rune][]foreign {
	by := map[rune][]foreign{}
	for _, t := range translations {
		to, _ := simple(t.english)
		for _, other := range t.others {
			format, whole := simple(other)
			f := foreign{to: to}
			pattern, at := "", 0
			places := place.FindAllStringSubmatchIndex(format, -1)
			for i, p := range places {
				literal := format[at:p[0]]
				if i == 0 {
					f.begin = literal
				}
				number := i + 1
				if p[2] >= 0 {
					number = int(format[p[2]] - '0')
				}
				f.args = append(f.args, number)
				pattern += literally(literal)
				switch format[p[4]:p[5]] {
				case "s":
					pattern += "(.*?)"
				case "T":
					pattern += `(\d+[.,]\d+)`
				default:
					pattern += `(\d+)`
				}
				at = p[1]
			}
			if len(places) == 0 {
				f.begin = format
			}
			pattern += literally(format[at:])
			if !whole {
				pattern += `(?:\n.*)?`
			}
			f.re = regexp.MustCompile(`(?s)^` + pattern + `$`)
			first, _ := utf8.DecodeRuneInString(f.begin)
			f.begin = strings.TrimRight(f.begin, " \u00a0")
			by[first] = append(by[first], f)
		}
	}
	return by
})

// simple returns a format with one place for each value. It is not whole if more lines
// follow.
func simple(format string) (one string, whole bool) {
	one = repeated.ReplaceAllString(thousandths.ReplaceAllString(format, "%${1}T"), "%s")
	one, more := strings.CutSuffix(one, "\n")
	return one, !more
}

// literally returns a pattern for a text with any blanks.
func literally(s string) string { return blanks.ReplaceAllString(regexp.QuoteMeta(s), `[ \x{a0}]+`) }

// english returns a message in English if it is one of the known ones in another
// language, or else as it is.
func english(s string) string {
	for _, begin := range [...]string{"duration: ", "statement: ", "execute "} { // nearly all entries
		if strings.HasPrefix(s, begin) {
			return s
		}
	}
	if s == "" {
		return s
	}
	first, _ := utf8.DecodeRuneInString(s)
	list := foreignMessages()
	for _, key := range [...]rune{first, utf8.RuneError} {
		for _, f := range list[key] {
			if !strings.HasPrefix(s, f.begin) {
				continue
			}
			m := f.re.FindStringSubmatch(s)
			if m == nil {
				continue
			}
			values := map[int]string{}
			for i, number := range f.args {
				values[number] = m[i+1]
			}
			n := 0
			return place.ReplaceAllStringFunc(f.to, func(p string) string {
				n++
				v := values[n]
				if strings.HasSuffix(p, "T") {
					v = strings.Replace(v, ",", ".", 1)
				}
				return v
			}) + elapsed(f.to, s)
		}
	}
	return s
}

// elapsed returns how long a run of autovacuum took, in English: the last number in the
// line about the CPU.
func elapsed(to, s string) string {
	if !strings.HasPrefix(to, "automatic ") {
		return ""
	}
	if m := usage.FindStringSubmatch(s); m != nil {
		return fmt.Sprintf("\nsystem usage: elapsed: %s s", strings.Replace(m[1], ",", ".", 1))
	}
	return ""
}

var usage = regexp.MustCompile(`(?m)^.*CPU.*?(\d+[.,]\d+)\D*$`)

// translate makes an entry English, as far as it tells of the workload.
func (e *Entry) translate() {
	e.Text = english(e.Text)
	if strings.HasPrefix(e.Text, "process ") {
		e.Text = objectIn(e.Text)
	}
	e.Context, e.Hint = english(e.Context), english(e.Hint)
	if e.Detail != "" {
		lines := strings.Split(e.Detail, "\n")
		for i, l := range lines {
			text := strings.TrimLeft(l, " \t") // copies have blanks for the server's tab
			lines[i] = l[:len(l)-len(text)] + objectIn(english(text))
		}
		e.Detail = strings.Join(lines, "\n")
	}
}

// objectIn returns a message or a line about a wait with what it waits for in English.
func objectIn(s string) string {
	m := onObject.FindStringSubmatchIndex(s)
	if m == nil {
		return s
	}
	return s[:m[2]] + english(s[m[2]:m[3]]) + s[m[3]:]
}

var onObject = regexp.MustCompile(`(?i)^process \d+ .*?Lock +on (.*)(?: after |; blocked by )`)
