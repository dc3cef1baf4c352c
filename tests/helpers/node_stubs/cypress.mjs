// Stands for cypress: takes the tasks out of the configuration of the docs.
export const defineConfig = (config) => config;
