/* Uses lutgemm through a shared object that contains the archive. */
int plugin_main(void);

int main(void) { return plugin_main(); }
