/* Functions that lose bytes, overflow or hide a race are compile errors here. Each has a better one:
 * snprintf for sprintf and strcpy, bytes.h for the str*cat family, strtol for atoi, gmtime_r for gmtime,
 * uuid.h and libsodium's randombytes for rand. Included by compiler.h, after the
 * system headers that declare them. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime rand srand tmpnam mktemp

#endif
