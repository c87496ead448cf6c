// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that go on in a thread of their own, for programs with an event loop.
 *
 * A call waits in many places: for locks, for children whose deadlines it keeps, for
 * udevd, for who has a device open. A thread leaves all that as it is. What the call
 * tells of itself meanwhile is kept for the program's own thread to take.
 *
 * I1  Until the task is finished its session is used by the thread alone. The program's
 *     functions are not called there, and no signal is handled there.
 * I2  The fd is readable while there is an event to take, and not otherwise.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/file.h"
#include "common/pool.h"
#include "session/session.h"

#define DEVICE_MAX sizeof(((struct vprep_error *)NULL)->device)

/* What the program has been told, or is to be. */
struct line {
	enum vprep_log_level level;
	char *text;
};

/* What of a session is the task's until it is finished. */
struct borrowed {
	vprep_log_fn told;
	vprep_try_log_fn try_log;
	void *told_data;
	bool (*interrupted)(void *data);
	void *interrupted_data;
	vprep_progress_fn progress;
	void *progress_data;
	struct vprep_io_patience patience;
};

struct vprep_task {
	struct vprep_session *session;
	struct borrowed borrowed;
	pthread_t thread;
	atomic_bool cancelled;

	/* the call, in memory of the task's own */
	int (*call)(struct vprep_task *task);
	struct vprep_request request;
	struct vprep_detach_request detach;
	const char *domain;
	struct vprep_pool pool;

	/* under the lock until the thread has ended */
	pthread_mutex_t lock;
	int fd;
	struct line *lines;
	size_t n_lines, n_taken;
	bool has_progress, has_ended, told_end;
	struct vprep_progress progress;
	char device[DEVICE_MAX]; /* of the progress */
	int result;
	struct vprep_error err;

	/* the program's thread alone: the event that it has, until it takes the next */
	struct vprep_task_event event;
	struct vprep_progress shown;
	char shown_device[DEVICE_MAX];
	char *shown_line;
};

/* ---- in the thread ---- */

static void announce(const struct vprep_task *task)
{
	eventfd_write(task->fd, 1);
}

static void keep_line(void *data, enum vprep_log_level level, const char *text)
{
	struct vprep_task *task = data;
	char *copy = strdup(text);
	struct line *line;

	pthread_mutex_lock(&task->lock);
	line = copy ? vprep_array_add(task->lines, task->n_lines) : NULL;
	if (line)
		*line = (struct line){ level, copy };
	else /* the work is worth more than the line */
		free(copy);
	announce(task);
	pthread_mutex_unlock(&task->lock);
}

static bool keep_line_at_once(void *data, enum vprep_log_level level, const char *text)
{
	keep_line(data, level, text);
	return true;
}

/* Only the last one counts. */
static void keep_progress(void *data, const struct vprep_progress *progress)
{
	struct vprep_task *task = data;

	pthread_mutex_lock(&task->lock);
	task->progress = *progress;
	snprintf(task->device, sizeof(task->device), "%s",
		 progress->device ? progress->device : "");
	task->has_progress = true;
	announce(task);
	pthread_mutex_unlock(&task->lock);
}

static bool is_cancelled(void *data)
{
	const struct vprep_task *task = data;

	return atomic_load(&task->cancelled);
}

static void *run(void *data)
{
	struct vprep_task *task = data;
	int r = task->call(task);

	pthread_mutex_lock(&task->lock);
	task->result = r;
	task->has_ended = true;
	announce(task);
	pthread_mutex_unlock(&task->lock);
	return NULL;
}

static int call_attach(struct vprep_task *task)
{
	return vprep_attach(task->session, &task->request, &task->err);
}

static int call_prepare(struct vprep_task *task)
{
	return vprep_prepare(task->session, &task->request, &task->err);
}

static int call_detach(struct vprep_task *task)
{
	return vprep_detach(task->session, &task->detach, &task->err);
}

static int call_release(struct vprep_task *task)
{
	return vprep_release(task->session, task->domain, NULL, &task->err);
}

/* ---- its session ---- */

static void borrow(struct vprep_task *task)
{
	struct vprep_session *s = task->session;

	task->borrowed = (struct borrowed){
		s->told,	  s->try_log,	       s->told_data,
		s->interrupted,	  s->interrupted_data, s->progress,
		s->progress_data, s->io->patience,
	};
	s->told = keep_line;
	s->try_log = keep_line_at_once;
	s->told_data = task;
	s->interrupted = s->io->patience.interrupted = is_cancelled;
	s->interrupted_data = s->io->patience.data = task;
	s->progress = keep_progress;
	s->progress_data = task;
	s->task = task;
}

static void give_back(const struct vprep_task *task)
{
	const struct borrowed *b = &task->borrowed;
	struct vprep_session *s = task->session;

	s->told = b->told;
	s->try_log = b->try_log;
	s->told_data = b->told_data;
	s->interrupted = b->interrupted;
	s->interrupted_data = b->interrupted_data;
	s->progress = b->progress;
	s->progress_data = b->progress_data;
	s->io->patience = b->patience;
	s->task = NULL;
}

/* ---- its beginning ---- */

static void task_free(struct vprep_task *task)
{
	size_t i;

	if (!task)
		return;
	for (i = task->n_taken; i < task->n_lines; i++)
		free(task->lines[i].text);
	free(task->lines);
	free(task->shown_line);
	vprep_closep(&task->fd);
	vprep_pool_done(&task->pool);
	pthread_mutex_destroy(&task->lock);
	free(task);
}

static void task_freep(struct vprep_task **task)
{
	task_free(*task);
}

static int task_new(struct vprep_session *session, int (*call)(struct vprep_task *task),
		    struct vprep_task **ret, struct vprep_error *err)
{
	_cleanup_(task_freep) struct vprep_task *task = NULL;

	if (session->task)
		return vprep_error_set(err, VPREP_E_USAGE, EBUSY, NULL,
				       "the session has a task already: two at once take "
				       "two sessions");
	task = calloc(1, sizeof(*task));
	if (!task)
		return vprep_error_oom(err);
	pthread_mutex_init(&task->lock, NULL);
	task->session = session;
	task->call = call;
	task->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (task->fd < 0)
		return vprep_error_set(err, VPREP_E_FAILED, errno, NULL,
				       "cannot make an event fd: %s", strerror(errno));
	*ret = TAKE_PTR(task);
	return 0;
}

static const char *const *own_names(struct vprep_task *task, const char *const *names)
{
	const char **copy;
	size_t i, n = 0;

	while (names && names[n])
		n++;
	copy = names ? vprep_pool_alloc(&task->pool, n + 1, sizeof(*copy)) : NULL;
	for (i = 0; copy && i < n; i++)
		copy[i] = vprep_pool_dup(&task->pool, names[i]);
	return copy;
}

/* The document need not be terminated. */
static const char *own_document(struct vprep_task *task, const char *xml, size_t len)
{
	char *copy = xml ? vprep_pool_alloc(&task->pool, len + 1, 1) : NULL;

	return copy ? memcpy(copy, xml, len) : NULL;
}

static int own_request(struct vprep_task *task, const struct vprep_request *from,
		       struct vprep_error *err)
{
	struct vprep_request *r = &task->request;
	const char **const texts[] = { &r->owner, &r->user, &r->mode, &r->driver,
				       &r->memory };
	size_t i;
	int result = VPREP_INPUT_COPY(r, from, wait, err);

	if (result < 0)
		return result;
	r->names = own_names(task, r->names);
	r->domain = own_document(task, r->domain, r->domain_len);
	for (i = 0; i < VPREP_ARRAY_SIZE(texts); i++)
		*texts[i] = vprep_pool_dup(&task->pool, *texts[i]);
	return 0;
}

/* Signals are for the program's own threads to handle. */
static int start_thread(struct vprep_task *task)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&task->thread, NULL, run, task);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

static int start(struct vprep_task **task, struct vprep_task **ret,
		 struct vprep_error *err)
{
	int r;

	if ((*task)->pool.failed)
		return vprep_error_oom(err);
	borrow(*task);
	r = start_thread(*task);
	if (r < 0) {
		give_back(*task);
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot start a thread: %s", strerror(-r));
	}
	*ret = TAKE_PTR(*task);
	return 0;
}

static int start_request(struct vprep_session *session,
			 const struct vprep_request *request,
			 int (*call)(struct vprep_task *task), struct vprep_task **ret,
			 struct vprep_error *err)
{
	_cleanup_(task_freep) struct vprep_task *task = NULL;
	int r = task_new(session, call, &task, err);

	if (r == 0)
		r = own_request(task, request, err);
	return r < 0 ? r : start(&task, ret, err);
}

VPREP_EXPORT int vprep_attach_start(struct vprep_session *session,
				    const struct vprep_request *request,
				    struct vprep_task **ret, struct vprep_error *err)
{
	return start_request(session, request, call_attach, ret, err);
}

VPREP_EXPORT int vprep_prepare_start(struct vprep_session *session,
				     const struct vprep_request *request,
				     struct vprep_task **ret, struct vprep_error *err)
{
	return start_request(session, request, call_prepare, ret, err);
}

VPREP_EXPORT int vprep_detach_start(struct vprep_session *session,
				    const struct vprep_detach_request *request,
				    struct vprep_task **ret, struct vprep_error *err)
{
	_cleanup_(task_freep) struct vprep_task *task = NULL;
	int r = task_new(session, call_detach, &task, err);

	if (r == 0)
		r = VPREP_INPUT_COPY(&task->detach, request, all, err);
	if (r < 0)
		return r;
	task->detach.names = own_names(task, task->detach.names);
	task->detach.owner = vprep_pool_dup(&task->pool, task->detach.owner);
	return start(&task, ret, err);
}

VPREP_EXPORT int vprep_release_start(struct vprep_session *session, const char *domain,
				     struct vprep_task **ret, struct vprep_error *err)
{
	_cleanup_(task_freep) struct vprep_task *task = NULL;
	int r = task_new(session, call_release, &task, err);

	if (r < 0)
		return r;
	task->domain = vprep_pool_dup(&task->pool, domain);
	return start(&task, ret, err);
}

/* ---- what the program does with it ---- */

VPREP_EXPORT int vprep_task_fd(const struct vprep_task *task)
{
	return task->fd;
}

VPREP_EXPORT void vprep_task_cancel(struct vprep_task *task)
{
	atomic_store(&task->cancelled, true);
}

/* Lines before the progress that came of them, and the end at the end. */
static bool take_event(struct vprep_task *task)
{
	if (task->n_taken < task->n_lines) {
		const struct line *line = &task->lines[task->n_taken++];

		task->shown_line = line->text;
		task->event = (struct vprep_task_event){ .type = VPREP_TASK_LINE,
							 .level = line->level,
							 .line = line->text };
	} else if (task->has_progress) {
		task->has_progress = false;
		task->shown = task->progress;
		memcpy(task->shown_device, task->device, sizeof(task->device));
		if (task->shown.device)
			task->shown.device = task->shown_device;
		task->event = (struct vprep_task_event){ .type = VPREP_TASK_PROGRESS,
							 .progress = &task->shown };
	} else if (task->has_ended && !task->told_end) {
		task->told_end = true;
		task->event = (struct vprep_task_event){ .type = VPREP_TASK_ENDED };
	} else {
		return false;
	}
	return true;
}

static bool has_event(const struct vprep_task *task)
{
	return task->n_taken < task->n_lines || task->has_progress ||
	       (task->has_ended && !task->told_end);
}

VPREP_EXPORT const struct vprep_task_event *vprep_task_next(struct vprep_task *task)
{
	eventfd_t count;
	bool any;

	free(task->shown_line);
	task->shown_line = NULL;
	pthread_mutex_lock(&task->lock);
	any = take_event(task);
	if (!has_event(task)) {
		task->n_lines = task->n_taken = 0;
		eventfd_read(task->fd, &count);
	}
	pthread_mutex_unlock(&task->lock);
	return any ? &task->event : NULL;
}

VPREP_EXPORT int vprep_task_finish(struct vprep_task *task, struct vprep_error *err)
{
	int result;

	pthread_join(task->thread, NULL);
	give_back(task);
	result = task->result;
	if (err && result < 0)
		*err = task->err;
	task_free(task);
	return result;
}
