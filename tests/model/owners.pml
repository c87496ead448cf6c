/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two owners that want one group, each killed at any moment or not, and a recover beside
 * them: the protocol of lib/journal and lib/attach.c, with every interleaving.
 *
 * The host is one device: its driver, and whether it was left half-way (unbound). An owner
 * has a journal: nothing, an intent, a claim that is done, or a release that has begun;
 * and what the device's driver was. A kill frees the locks and keeps the rest, as flock(2)
 * and a file do.
 *
 * Checked: never two owners of the group, no undo that overwrites another owner's work, no
 * deadlock, and after the last recover the host is as it was but for what is held.
 */
#define OWNERS 2
#define ROUNDS 3

mtype = { native, unbound, vfio };		/* the device's driver */
mtype = { nothing, intent, done, leaving };	/* an owner's journal */

mtype driver = native;
mtype journal[OWNERS] = nothing;
mtype was[OWNERS] = native;	/* in the journal, too */
byte global_lock = 255;		/* who has it; 255: nobody */
byte owner_lock[OWNERS] = 255;
byte inside = 0;		/* guests that have the device */
byte running = OWNERS + 1;	/* the owners, and a recover beside them */

#define is_incomplete(o) (journal[o] == intent || journal[o] == leaving)
/* With one of these the search must find a fault, or it would find none at all. */
#ifdef BLIND	/* other owners' claims are not looked at */
#define is_claimed_by_other(o) false
#else
#define is_claimed_by_other(o) (journal[1 - (o)] != nothing)
#endif
#ifdef HASTY	/* the lock is let go before the intent is written */
#define unlock_before_intent() unlock_all(); may_die()
#define unlock_after_intent() skip
#else
#define unlock_before_intent() skip
#define unlock_after_intent() unlock_all(); may_die()
#endif
#ifdef FORGETFUL	/* a release that is interrupted leaves no mark */
#define LEAVING done
#else
#define LEAVING leaving
#endif

inline lock_all() { atomic { global_lock == 255 -> global_lock = me } }
inline unlock_all() { global_lock = 255 }

/* A kill, here: everything that the kernel holds for the process is let go. The owner's
 * next command finds the journal as it is. */
inline may_die()
{
	if
	:: skip
	:: atomic {
		true;	/* or the "else" below would be one of the choice above */
		if
		:: global_lock == me -> global_lock = 255
		:: else
		fi;
		if
		:: owner_lock[o] == me -> owner_lock[o] = 255
		:: else
		fi;
		goto next
	   }
	fi
}

/* Compares before it writes, as each undo does. */
inline undo(o)
{
	assert(journal[1 - (o)] == nothing);
	if
	:: driver == vfio -> driver = unbound; may_die(); driver = was[o]
	:: driver == unbound && was[o] == native -> driver = native
	:: else
	fi;
	may_die();
	journal[o] = nothing
}

/* One that finds the owner's lock taken goes away, as a command does at its deadline. */
inline attach(o)
{
	lock_all();
	if
	:: atomic { owner_lock[o] == 255 -> owner_lock[o] = me }
	:: atomic { owner_lock[o] != 255 -> unlock_all(); goto next }
	fi;
	may_die();
	if
	:: is_incomplete(o) -> unlock_all(); undo(o); may_die(); lock_all()
	:: else
	fi;
	if
	:: is_claimed_by_other(o) || journal[o] == done ->
		atomic { unlock_all(); owner_lock[o] = 255; goto next }
	:: else
	fi;
	unlock_before_intent();
	was[o] = driver;
	assert(was[o] == native);
	journal[o] = intent;
	may_die();
	unlock_after_intent();
	driver = unbound;
	may_die();
	if
	:: driver = vfio	/* and the next may still fail: a node, a rule */
	:: skip			/* the probe failed */
	fi;
	may_die();
	if
	:: driver == vfio -> journal[o] = done
	:: undo(o); atomic { owner_lock[o] = 255; goto next }
	fi;
	may_die();
	owner_lock[o] = 255
}

inline release(o)
{
	lock_all();
	if
	:: atomic { owner_lock[o] == 255 -> owner_lock[o] = me }
	:: atomic { owner_lock[o] != 255 -> unlock_all(); goto next }
	fi;
	may_die();
	if
	:: journal[o] == nothing -> atomic { unlock_all(); owner_lock[o] = 255; goto next }
	:: else
	fi;
	journal[o] = LEAVING;
	may_die();
	unlock_all();
	may_die();
	undo(o);
	owner_lock[o] = 255
}

proctype owner(byte o)
{
	byte me = o;
	byte round = 0;

next:
	do
	:: round < ROUNDS ->
		round++;
		attach(o);
		atomic {
			inside++;
			assert(inside == 1);
			assert(driver == vfio && journal[o] == done);
			assert(journal[1 - o] == nothing)
		}
		inside--;
		may_die();
		release(o)
	:: else -> break
	od;
	running--
}

/* What `recover` does for one owner; it may die as well. */
inline recover_one(o)
{
	lock_all();
	if
	:: atomic { is_incomplete(o) && owner_lock[o] == 255 -> owner_lock[o] = me };
		unlock_all();
		/* another command may have been faster */
		if
		:: is_incomplete(o) -> undo(o)
		:: else
		fi;
		owner_lock[o] = 255
	:: else -> unlock_all()
	fi
}

proctype recover()
{
	byte me = OWNERS;
	byte o = 0;
	byte round = 0;

next:
	do
	:: round < ROUNDS -> o = round % OWNERS; round++; recover_one(o)
	:: else -> break
	od;
	running--
}

/* The last one, after all others: it is not killed. */
proctype last_recover()
{
	byte o = 0;

	running == 0;
	do
	:: o < OWNERS ->
		if
		:: is_incomplete(o) ->
			assert(owner_lock[o] == 255 && global_lock == 255);
			assert(journal[1 - o] == nothing);
			if
			:: driver == vfio || driver == unbound -> driver = was[o]
			:: else
			fi;
			journal[o] = nothing
		:: else
		fi;
		o++
	:: else -> break
	od;
	assert(journal[0] != done || journal[1] != done);
	assert((driver == vfio) == (journal[0] == done || journal[1] == done));
	assert(driver != unbound)
}

init
{
	atomic {
		run owner(0);
		run owner(1);
		run recover();
		run last_recover()
	}
}
