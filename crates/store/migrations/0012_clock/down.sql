DROP TABLE clock_adoption;
