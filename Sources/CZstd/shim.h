#pragma once
#include <zstd.h>
/* ZSTD_getErrorCode tells a truncated frame and a window too large from a damaged one. */
#include <zstd_errors.h>
