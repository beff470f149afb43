/* Names of status codes. */
#ifndef MAGENTA_STATUS_H_
#define MAGENTA_STATUS_H_

#include <magenta/compiler.h>
#include <magenta/types.h>

__BEGIN_CDECLS

/* The macro's name, such as "ERR_TIMED_OUT"; "(UNKNOWN)" for a number that has none. */
const char* mx_status_get_string(mx_status_t status);
const char* _mx_status_get_string(mx_status_t status);

__END_CDECLS

#endif /* MAGENTA_STATUS_H_ */
