#pragma once
/* What stands between SQLite and the system's files. */
#ifdef __cplusplus
extern "C" {
#endif

/* Makes SQLite write in one piece what one commit appends to a write-ahead log. SQLite itself calls the system twice for
 * each page of a commit: for the 24 bytes of a frame's header, and for the page behind it.
 *
 * A write is held back only while each one begins where the one before ended, and never beyond the end of a commit (the
 * frame whose header carries the database's size; "WAL File Format" in SQLite's documentation), a flush to disk, or a look
 * at the file's size. So nothing that another connection may read is held back, whatever `synchronous` is. Holds for every
 * write-ahead log that this process opens after the call; other files are SQLite's own as before.
 *
 * Safe to call again, and from several threads. SQLITE_OK, or what SQLite says when it takes no more file systems. */
int audit_sqlite_gather_writes(void);

#ifdef __cplusplus
}
#endif
