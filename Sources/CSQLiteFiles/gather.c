#include "CSQLiteFiles.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

// A frame is a header and a page; the four bytes at 4 are the database's size in pages in the header of a commit's last
// frame, and 0 in every other. SQLite's own files take less than 128 KiB at once.
enum { FRAME_HEADER = 24, CAPACITY = 96 << 10 };

typedef struct WalFile {
    sqlite3_file base;
    unsigned char *held;
    int count;
    sqlite3_int64 start;
    // Where the last write ended.
    sqlite3_int64 end;
    // Whether what was written last is the header of a commit's last frame.
    int is_commit;
} WalFile;

// The system's file lies behind ours, at an address that suits everything.
enum { REAL_OFFSET = (sizeof(WalFile) + 15) & ~15 };

static sqlite3_vfs *system_vfs;
static sqlite3_vfs gathering_vfs;

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((char *)file + REAL_OFFSET); }

// MARK: Holding writes back

/// Writes what is held. It stays held when that fails: SQLite may go on with the transaction after an error of a read.
static int flush(sqlite3_file *file) {
    WalFile *wal = (WalFile *)file;
    if (wal->count == 0) return SQLITE_OK;
    int result = real(file)->pMethods->xWrite(real(file), wal->held, wal->count, wal->start);
    if (result == SQLITE_OK) wal->count = 0;
    return result;
}

/// Adds bytes that fit to those held; 0 when there is no memory for them.
static int hold(WalFile *wal, const void *bytes, int count) {
    if (!wal->held) wal->held = sqlite3_malloc(CAPACITY);
    if (!wal->held) return 0;
    memcpy(wal->held + wal->count, bytes, (size_t)count);
    wal->count += count;
    return 1;
}

/// Takes a write that begins where the last one ended, and holds it back.
static int gather(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    WalFile *wal = (WalFile *)file;
    if (wal->count + count > CAPACITY) {
        int result = flush(file);
        if (result != SQLITE_OK) return result;
    }
    if (wal->count == 0) wal->start = offset;
    if (count > CAPACITY || !hold(wal, bytes, count)) {
        int result = flush(file);
        if (result == SQLITE_OK) result = real(file)->pMethods->xWrite(real(file), bytes, count, offset);
        if (result != SQLITE_OK) return result;
    }
    wal->end = offset + count;
    return SQLITE_OK;
}

/// Writes at once, behind what was held.
static int write_through(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    int result = flush(file);
    if (result == SQLITE_OK) result = real(file)->pMethods->xWrite(real(file), bytes, count, offset);
    if (result == SQLITE_OK) ((WalFile *)file)->end = offset + count;
    return result;
}

static int wal_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    WalFile *wal = (WalFile *)file;
    // Frames that are rewritten in place are not a commit's end, which alone says when to write.
    int result = offset == wal->end ? gather(file, bytes, count, offset) : write_through(file, bytes, count, offset);
    if (result != SQLITE_OK) return result;
    const int ends_commit = wal->is_commit;
    const unsigned char *header = bytes;
    wal->is_commit = count == FRAME_HEADER && (header[4] | header[5] | header[6] | header[7]) != 0;
    return ends_commit ? flush(file) : SQLITE_OK;
}

// MARK: Everything else, behind what was held

static int close_file(sqlite3_file *file) {
    WalFile *wal = (WalFile *)file;
    int written = flush(file);
    int closed = real(file)->pMethods->xClose(real(file));
    sqlite3_free(wal->held);
    wal->held = NULL;
    return written != SQLITE_OK ? written : closed;
}

static int read_file(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    WalFile *wal = (WalFile *)file;
    if (offset < wal->start + wal->count && offset + count > wal->start) {
        int result = flush(file);
        if (result != SQLITE_OK) return result;
    }
    return real(file)->pMethods->xRead(real(file), bytes, count, offset);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size) {
    int result = flush(file);
    return result != SQLITE_OK ? result : real(file)->pMethods->xTruncate(real(file), size);
}

static int sync_file(sqlite3_file *file, int flags) {
    int result = flush(file);
    return result != SQLITE_OK ? result : real(file)->pMethods->xSync(real(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    int result = flush(file);
    return result != SQLITE_OK ? result : real(file)->pMethods->xFileSize(real(file), size);
}

static int lock_file(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }

static int unlock_file(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

static int is_reserved(sqlite3_file *file, int *result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int control_file(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }

static int characteristics(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

static const sqlite3_io_methods wal_methods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = wal_write,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

// MARK: Opening

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *opened) {
    (void)vfs;
    if (!(flags & SQLITE_OPEN_WAL)) return system_vfs->xOpen(system_vfs, name, file, flags, opened);
    memset(file, 0, REAL_OFFSET);
    int result = system_vfs->xOpen(system_vfs, name, real(file), flags, opened);
    // SQLite closes a file exactly when it has methods, whatever opening it said.
    if (real(file)->pMethods) file->pMethods = &wal_methods;
    return result;
}

static int registered = SQLITE_ERROR;

static void register_once(void) {
    registered = sqlite3_initialize();
    if (registered != SQLITE_OK) return;
    system_vfs = sqlite3_vfs_find(NULL);
    if (!system_vfs) {
        registered = SQLITE_ERROR;
        return;
    }
    // All else is the system's own, which never looks at the table that it was called through.
    gathering_vfs = *system_vfs;
    gathering_vfs.pNext = NULL;
    gathering_vfs.zName = "audit-gateway";
    gathering_vfs.szOsFile = REAL_OFFSET + system_vfs->szOsFile;
    gathering_vfs.xOpen = open_file;
    registered = sqlite3_vfs_register(&gathering_vfs, 1);
}

int audit_sqlite_gather_writes(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_once);
    return registered;
}
