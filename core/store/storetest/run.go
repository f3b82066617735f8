package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tundish/core"
)

// Run runs the suite. open makes a handle on a migrated database, the same one
// within one Run, and closes it when its test ends.
func Run(t *testing.T, open func(t *testing.T) core.Store) {
	for _, c := range []struct {
		name string
		test func(*world)
	}{
		{"EveryFieldOfAnOrderComesBack", everyField},
		{"ATimelineReplaysToTheStoredOrder", replay},
		{"AnOrderThatExistsIsKnown", known},
		{"AHundredParallelRetriesMakeOneOrder", parallelRetries},
		{"AcceptedHashesAreKeptInSequence", hashes},
		{"AnOldVersionIsStale", stale},
		{"ConcurrentChangesOfOneOrderAreAppliedOnce", concurrentChanges},
		{"OneBadUnitAmongGoodOnes", badAmongGood},
		{"UnitsOfOneCallBuildOnEachOther", buildOn},
		{"UnitsThatNoStoreCanHoldAreRefused", unstorable},
		{"AUnitIsAppliedWholeOrNotAtAll", wholeUnit},
		{"KeysDifferInCaseWidthAndPlane", keysApart},
		{"TextsOfEveryPlaneSurvive", everyPlane},
		{"KeysOfFullLengthFit", fullLength},
		{"OrdersAreFoundByAnyNumber", find},
		{"OrdersAreListedInPages", pages},
		{"OrdersAreFilteredByWhatIsTrueOfThem", filters},
		{"OrdersAreReadByManyReferences", byRefs},
		{"TheNextAlarmIsFoundFirst", alarms},
		{"ListsHaveWhatIsTrueOfThem", lists},
		{"ListsRefuseWhatTheyCannotDo", listsRefuse},
		{"OrdersAreFoundByWhateverACallerSays", search},
		{"NamesOfTwoCharactersAreFoundFirst", namesOfTwo},
		{"TheIndexIsWrittenUnderAFence", indexFenced},
		{"APageOfOrdersCommitsWithItsCheckpoint", pulledPage},
		{"APageWithRepeatsIsStoredWithoutThem", pageAgain},
		{"ACallerThatGivesUpHarmsNobody", givesUp},
		{"AMeterIsInstalledByOneOrder", meterInstalledOnce},
		{"OfTwoHubsOneInstallsAMeter", meterRace},
		{"AMeterIsFreedByWhatFreesIt", meterFreed},

		{"CrewsAreWrittenAndRead", crews},
		{"TheLaterPositionWins", positions},
		{"LoadsAddUp", crewDays},
		{"ACrewsRouteIsKeptWithItsDay", crewRoutes},
		{"TwoHubsCannotFillTheLastSlot", lastSlot},

		{"AReleaseAndItsMessageCommitTogether", owed},
		{"ALaneGivesItsMessagesInSequence", sequence},
		{"EightWorkersClaimNothingTwiceAndLoseNothing", eightWorkers},
		{"AClaimRunsOut", claimRunsOut},
		{"ALateResultIsStale", lateResult},
		{"ADelayedMessageWaits", delayed},
		{"ADeadLetterParksItsLaneOnly", deadLetter},
		{"ASkippedMessageLetsTheLaneGoOn", skip},
		{"ALaneGivenBackUnsentIsFree", unsent},
		{"AttemptsAreKept", attempts},
		{"OutboxMessagesAreListed", outboxList},

		{"ALeaseHasOneHolder", lease},
		{"ALeaseRunsOut", leaseRunsOut},
		{"AFenceHoldsOutAPredecessor", fence},
		{"NumbersAreNeverHandedOutTwice", numbers},
		{"ANonceIsGoodOnceAtWhicheverHub", nonces},
		{"AHeldTargetIsHeldForEveryHubAndProbedByOne", heldTarget},
		{"JobsRememberTheirState", jobs},
		{"RefusedItemsAreKept", refused},
		{"RowsThatAreListedNoMoreAreFound", jobRows},

		{"MessagesAreFoundByAnyNumber", messages},
		{"TheLogTakesWhateverWasSent", logTakesAnything},
		{"AnAttachmentIsStoredOnce", blobs},
		{"TwoHubsSeeOneTruth", twoHubs},

		{"APublishedVersionIsLiveAndComesBackWhole", published},
		{"AMoveThatWasDecidedOnAnotherStateIsStale", staleMove},
		{"TheSameContentIsStoredOnce", identical},
		{"EveryMoveStandsInTheHistory", bundleHistory},
		{"NoStoreTakesANonsensicalBundle", nonsense},
		{"OfPublishersAtOnceOneWinsAndNothingIsTorn", publishers},

		{"UsersComeBackAndOldVersionsAreStale", usersComeBack},
		{"AttemptsInARowLockAUserAlsoWhenMadeAtOnce", attemptsLock},
		{"SessionsEndByTimeByIdlenessAndByHand", sessionsEnd},
		{"TheRecordOfPeopleIsAnUnbrokenChain", peopleRecord},
		{"TheDutyRosterIsKept", roster},
		{"AListKeepsWithinAPersonsStations", reach},
		{"WhoIsCalledToAnOrderFindsItUntilHeIsSentAway", guests},

		{"AnArchivedOrderIsFoundLikeAnyOther", archivedIsFound},
		{"AnArchivedOrderIsKnown", archivedIsKnown},
		{"AnArchivedOrderComesBackWhenItChanges", archivedComesBack},
		{"AnOrderThatIsOwedSomethingIsNotArchived", owedIsNotArchived},
		{"TheArchiveGoesInBatchesUnderAFence", archiveInBatches},
		{"TheArchiveRunsBesideWork", archiveBesideWork},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.test(&world{T: t, ctx: t.Context(), Store: open(t), open: open, system: core.SystemID("s" + serial())})
		})
	}
}

// world is one test's surroundings: a store and names that no other test uses.
type world struct {
	*testing.T
	core.Store
	ctx    context.Context
	open   func(*testing.T) core.Store
	system core.SystemID
}

var serials atomic.Int64

// serial is unique; those that come later sort behind.
func serial() string { return fmt.Sprintf("%d-%05d", start, serials.Add(1)) }

// start keeps the names of one run of the suite apart from those of another on the
// same database.
var start = time.Now().UnixMilli() % 1e9

func nextNo() core.OrderNo { return core.OrderNo("W" + serial()) }

// at is an instant with milliseconds, some minutes into a fixed day.
func at(minutes int) time.Time {
	return time.Date(2026, 5, 11, 6, minutes, 7, 89e6, time.UTC)
}

// order is a small new order of the world's system.
func (w *world) order() core.WorkOrder {
	no := nextNo()
	return core.WorkOrder{
		No: no, Ref: core.Ref{System: w.system, External: "x" + string(no)},
		Type: "burst", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal,
		ReceivedAt: at(0),
	}
}

func (w *world) created(o core.WorkOrder, hash core.Hash, outbox ...core.OutboxMessage) core.Unit {
	w.Helper()
	ch, err := core.NewChange(nil, o, core.Event{At: at(0), Kind: core.EventReceived, By: "system:" + string(w.system)}, outbox...)
	if err != nil {
		w.Fatal(err)
	}
	ch.Hash = hash
	return core.Unit{Orders: []core.OrderChange{ch}}
}

func (w *world) changed(old, next core.WorkOrder, kind core.EventKind, outbox ...core.OutboxMessage) core.Unit {
	w.Helper()
	ch, err := core.NewChange(&old, next, core.Event{At: at(int(old.Version)), Kind: kind, By: "tester"}, outbox...)
	if err != nil {
		w.Fatal(err)
	}
	return core.Unit{Orders: []core.OrderChange{ch}}
}

// apply commits units that must all be applied.
func (w *world) apply(units ...core.Unit) {
	w.Helper()
	for i, o := range w.Commit(w.ctx, units...) {
		if o.Kind != core.Applied {
			w.Fatalf("unit %d is %s (order %d): %v; want applied", i, o.Kind, o.Order, o.Err)
		}
	}
}

// one commits a single unit and demands an outcome.
func (w *world) one(want core.OutcomeKind, u core.Unit) core.Outcome {
	w.Helper()
	got := w.Commit(w.ctx, u)
	if len(got) != 1 || got[0].Kind != want {
		w.Fatalf("got %v (%v), want %s", got, got[0].Err, want)
	}
	return got[0]
}

// stored creates an order and returns it as the store has it.
func (w *world) stored(o core.WorkOrder, outbox ...core.OutboxMessage) core.WorkOrder {
	w.Helper()
	w.apply(w.created(o, "", outbox...))
	return w.must(o.No)
}

func (w *world) must(no core.OrderNo) core.WorkOrder {
	w.Helper()
	o, err := w.Order(w.ctx, no)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) kind(err error, want core.Kind) {
	w.Helper()
	if !core.IsKind(err, want) {
		w.Fatalf("got error %v, want kind %s", err, want)
	}
}

// eventually polls until what runs on the store's own clock has come true.
func (w *world) eventually(what string, true_ func() bool) {
	w.Helper()
	end := time.NewTimer(20 * time.Second)
	defer end.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !true_() {
		select {
		case <-end.C:
			w.Fatalf("not within 20 s: %s", what)
		case <-tick.C:
		}
	}
}
