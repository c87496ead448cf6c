// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices for the declared names in a domain's metadata. */
#include "verb/fill.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "xml/node.h"

int vprep_fill_check(const struct vprep_request *request, struct vprep_error *err)
{
	if (!request->domain)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL, "no domain XML");
	return memchr(request->domain, 0, request->domain_len)
		       ? vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
					 "devices cannot be written into the domain XML: "
					 "it has a NUL byte, as UTF-16 has; give it as "
					 "UTF-8")
		       : 0;
}

/* The document as it is, when it has no names. */
static char *document(struct vprep_pool *pool, const struct vprep_attach_context *context)
{
	const struct vprep_request *request = context->request;

	return context->named.filled
		       ? vprep_pool_dup(pool, context->named.filled)
		       : vprep_pool_take(pool,
					 strndup(request->domain, request->domain_len));
}

int vprep_filled_of(const struct vprep_attach_context *context, struct vprep_filled **ret,
		    struct vprep_error *err)
{
	const struct vprep_named *named = &context->named;
	struct vprep_filled_device *devices;
	struct vprep_filled *filled;
	struct vprep_pool *pool;
	size_t i;

	filled = vprep_pool_result_new(sizeof(*filled), &pool);
	if (!filled)
		return vprep_error_oom(err);
	filled->xml = document(pool, context);
	devices = vprep_pool_alloc(pool, named->n + 1, sizeof(*devices));
	for (i = 0; devices && i < named->n; i++) {
		const struct vprep_device_asked *asked =
			&context->domain->devices.items[named->items[i].device].asked;

		devices[i] = (struct vprep_filled_device){
			.name = vprep_pool_dup(pool, asked->pci.declared),
			.address = vprep_pool_dup(
				pool, vprep_pci_address_text(asked->pci.address).s),
			.is_new = named->items[i].is_chosen,
		};
	}
	filled->devices = devices;
	filled->n = named->n;
	if (pool->failed) {
		vprep_pool_result_free(filled);
		return vprep_error_oom(err);
	}
	*ret = filled;
	return 0;
}

static void log_devices(const struct vprep_session *session,
			const struct vprep_filled *filled)
{
	size_t i;

	for (i = 0; i < filled->n; i++)
		vprep_session_log(session, VPREP_LOG_NOTICE, "@%s: %s%s",
				  filled->devices[i].name, filled->devices[i].address,
				  filled->devices[i].is_new ? "" : ", as before");
}

VPREP_EXPORT int vprep_fill(struct vprep_session *session,
			    const struct vprep_request *request,
			    struct vprep_filled **ret, struct vprep_error *err)
{
	/* as one that starts the guest itself: the key `prepare` does not matter */
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request, .fills = true, .for_launch = true
	};
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	int r = vprep_fill_check(request, err);

	if (r == 0)
		r = vprep_attach_context_begin(&context, err);
	if (r == 0)
		r = vprep_owners_look_if_allowed(session->io, &owners, err);
	if (r == 0)
		r = vprep_named_resolve(&context, &owners, err);
	if (r == 0)
		r = vprep_filled_of(&context, ret, err);
	if (r == 0)
		log_devices(session, *ret);
	return r;
}

VPREP_EXPORT void vprep_filled_free(struct vprep_filled *filled)
{
	vprep_pool_result_free(filled);
}

VPREP_EXPORT bool vprep_domain_has_names(const char *xml, size_t len)
{
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;

	return memmem(xml, len, VPREP_XML_OURS_URI, strlen(VPREP_XML_OURS_URI)) &&
	       vprep_domain_parse(xml, len, &domain, NULL) == 0 && domain->n_named > 0;
}
