// The command line of dsmsim: verbs, nothing else.
int main() { return 0; }
