/* A library, but of something else: 126. */
int somebody_elses_function(void) { return 1; }
