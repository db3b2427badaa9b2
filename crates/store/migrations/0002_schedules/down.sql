DROP TABLE playlog_event;
DROP TABLE schedule_item;
DROP TABLE schedule_day;
DROP TABLE plan_generation;
DROP TABLE channel;
