// Package workload has the rules on statements, tables and sessions, as the
// exported statistics show them.
//
// A rule's file holds the rule, its thresholds and what no other file uses. What
// several rules share is in a file named by its subject.
package workload

import "github.com/pgverdict/pgverdict/internal/rule"

// Rules lists the rules on statements, tables and sessions.
var Rules = []*rule.Rule{
	&lockWaitSuspected,
	&deadTuples,
	&tableBloat,
	&indexBloat,
	&staleStatistics,
	&hotRow,
	&queueWithoutSkipLocked,
	&queueTable,
	&blockedSessions,
	&longTransaction,
	&longTransactionSigns,
	&inactiveReplicationSlot,
	&replicationSlotLost,
	&lockWaitsLogged,
	&deadlocks,
	&diskFull,
	&connectionsRefused,
	&statementsCanceled,
	&tempFilesLogged,
	&nPlusOne,
	&autovacuumDisabled,
	&autovacuumLagging,
	&insertOnlyNotVacuumed,
	&autovacuumScaleLargeTables,
	&txidAge,
	&sequenceOverflow,
	&advisoryLockHeavy,
	&blockHeavyStatement,
	&jitHeavyStatement,
	&fragmentedQueries,
	&fillfactorWaste,
	&unloggedTable,
	&tableCacheMiss,
	&toastReadHeavy,
	&walHeavyStatement,
	&writeAmplifiedStatement,
	&workMemDefaultWithSpills,
	&jitOnOLTP,
	&topStatement,
	&slowStatement,
	&tempSpillStatement,
	&readHeavyStatement,
	&selectDirties,
	&commitPerRow,
	&highVarianceQuery,
	&materializedViewCandidate,
	&selectStar,
	&statementsEvicted,
	&statisticsYoung,
	&statisticsTargetLow,
	&softDelete,
}
